"""The messages (section 20)."""

from .wire import Bytes, Fixed, List, Message, Nested, String, bool_, define, i64, u8, u16, u32, u64

ClientHello = define("ClientHello", EncapsulationKey=Bytes(1184))
ServerHello = define("ServerHello", Certificate=Bytes(512), Ciphertext=Bytes(1088))
Certificate = define("Certificate", Body=Bytes(256), Root=Fixed(8), Signature=Fixed(64))
CertificateBody = define("CertificateBody", Key=Fixed(32), TLSKey=Fixed(32), Serial=u64, NotBefore=i64, NotAfter=i64,
                         MinVersion=u8, Name=String(64))
Refusal = define("Refusal", Code=u16, RetryAfter=u32, Versions=Bytes(8), Suites=Bytes(16))

Login = define("Login", 0x0001, Versions=Bytes(8), Suites=Bytes(16), Method=u8, Account=String(64), Secret=Bytes(2048),
               Device=u64, Platform=u8, App=String(64), SDK=String(64), Heartbeat=u32, Tickets=(2, u8))
LoginOK = define("LoginOK", 0x0002, Session=Fixed(16), UID=u64, Account=String(64), Token=Bytes(64), TokenExpires=i64,
                 StoreEpoch=u64, Head=u64, Cursor=u64, Time=i64, Heartbeat=u32, MaxBody=u32)
Ping = define("Ping", 0x0003, Nonce=u64)
Pong = define("Pong", 0x0004, Nonce=u64, Head=u64)
KeyUpdate = define("KeyUpdate", 0x0005)
Error = define("Error", 0x0006, Of=u16, Req=u64, Code=u16, RetryAfter=u32, Detail=String(256))
Kicked = define("Kicked", 0x0007, Code=u16, Detail=String(256))
GoAway = define("GoAway", 0x0008, Window=u32)
Ticket = define("Ticket", ID=Fixed(16), Expires=i64)
Tickets = define("Tickets", 0x0009, List=List(Nested(Ticket), 2))
TicketBody = define("TicketBody", Secret=Fixed(32), UID=u64, Device=u64, Platform=u8, Suite=u8, Full=i64, Generation=u64, Expires=i64)
AppState = define("AppState", 0x000A, Background=bool_, Heartbeat=u32)

# A stored message, not to be confused with wire.Message.
Stored = define("Message", Conv=Fixed(16), CSeq=u64, From=u64, Device=u64, Counter=u64, At=i64, Kind=u8, Body=Bytes(8192))
Send = define("Send", 0x0101, Counter=u64, After=u64, Conv=Fixed(16), Ack=u64, Kind=u8, Body=Bytes(8192))
SendAck = define("SendAck", 0x0102, Counter=u64, CSeq=u64, USeq=u64, At=i64)
Notify = define("Notify", 0x0103, USeq=u64, Message=Bytes(12288))
Ack = define("Ack", 0x0104, USeq=u64)
Head = define("Head", 0x0105, USeq=u64)

Read = define("Read", 0x0110, Conv=Fixed(16), CSeq=u64)
ReadOK = define("ReadOK", 0x0111, Conv=Fixed(16), CSeq=u64)
ReadBy = define("ReadBy", 0x0112, Conv=Fixed(16), UID=u64, CSeq=u64)

GetMsg = define("GetMsg", 0x0201, Req=u64, After=u64, StoreEpoch=u64, Fingerprint=u64, Limit=u16)
Entry = define("Entry", USeq=u64, Message=Bytes(12288))
MsgPage = define("MsgPage", 0x0202, Req=u64, Status=u8, StoreEpoch=u64, Floor=u64, Head=u64, Last=bool_,
                 Entries=List(Nested(Entry), 512))
GetConv = define("GetConv", 0x0203, Req=u64, Conv=Fixed(16), Before=u64, After=u64, Limit=u16)
ReadMark = define("ReadMark", UID=u64, CSeq=u64)
ConvPage = define("ConvPage", 0x0204, Req=u64, Conv=Fixed(16), Head=u64, Last=bool_, Reads=List(Nested(ReadMark), 256),
                  Messages=List(Bytes(12288), 512))

Lookup = define("Lookup", 0x0301, Req=u64, Names=List(String(64), 100), UIDs=List(u64, 100))
User = define("User", UID=u64, Name=String(64))
Users = define("Users", 0x0302, Req=u64, Users=List(Nested(User), 200))
GetPresence = define("GetPresence", 0x0303, Req=u64, UIDs=List(u64, 500))
Online = define("Online", UID=u64, Devices=u16, Since=i64)
Presence = define("Presence", 0x0304, Req=u64, Total=u32, Users=List(Nested(Online), 500))
RegisterPush = define("RegisterPush", 0x0305, Req=u64, Provider=u8, Token=Bytes(1024))
PushOK = define("PushOK", 0x0306, Req=u64)

DEFINITIONS = {v.__name__: v for v in list(globals().values()) if isinstance(v, type) and issubclass(v, Message) and v is not Message}

DOWN = {m.ID: m for m in (LoginOK, Pong, Error, Kicked, GoAway, Tickets, SendAck, Notify, Head, ReadOK, ReadBy, MsgPage, ConvPage,
                          Users, Presence, PushOK)}
UP_ONLY = {m.ID for m in (Login, Ping, AppState, Send, Ack, Read, GetMsg, GetConv, Lookup, GetPresence, RegisterPush)}
