"""The messages (section 20)."""

from .wire import Bytes, Fixed, List, Message, Nested, String, bool_, define, f32, f64, i64, u8, u16, u32, u64

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
ChangePassword = define("ChangePassword", 0x000B, Req=u64, Old=Bytes(2048), New=Bytes(2048))
PasswordOK = define("PasswordOK", 0x000C, Req=u64, Token=Bytes(64), TokenExpires=i64)

# A stored message, not to be confused with wire.Message.
Stored = define("Message", Conv=Fixed(16), CSeq=u64, From=u64, Device=u64, Counter=u64, At=i64, Kind=u8, Body=Bytes(8192),
                Count=(2, u64), Extra=(2, Bytes(1024)), State=(2, Bytes(2048)))
Send = define("Send", 0x0101, Counter=u64, After=u64, Conv=Fixed(16), Ack=u64, Kind=u8, Body=Bytes(8192),
              Extra=(2, Bytes(1024)))
SendAck = define("SendAck", 0x0102, Counter=u64, CSeq=u64, USeq=u64, At=i64, Lifetime=(2, u32))
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
                  Messages=List(Bytes(12288), 512), Floor=(2, u64), Delivered=(3, u64))

Lookup = define("Lookup", 0x0301, Req=u64, Names=List(String(64), 100), UIDs=List(u64, 100))
User = define("User", UID=u64, Name=String(64))
Users = define("Users", 0x0302, Req=u64, Users=List(Nested(User), 200))
GetPresence = define("GetPresence", 0x0303, Req=u64, UIDs=List(u64, 500), Via=(2, Fixed(16)))
Online = define("Online", UID=u64, Devices=u16, Since=i64)
Presence = define("Presence", 0x0304, Req=u64, Total=u32, Users=List(Nested(Online), 500), Members=(2, u32), At=(2, i64))
RegisterPush = define("RegisterPush", 0x0305, Req=u64, Provider=u8, Token=Bytes(1024))
PushOK = define("PushOK", 0x0306, Req=u64)

Extra = define("Extra", Reply=u64, Mentions=List(u64, 64), Lifetime=u32)
ReactionCount = define("ReactionCount", Emoji=String(32), Count=u32)
MessageState = define("MessageState", Changed=u64, Recalled=bool_, Pinned=bool_, Reactions=List(Nested(ReactionCount), 16),
                      Expired=(2, bool_), Hidden=(3, bool_), Big=(4, bool_))
Edit = define("Edit", CSeq=u64, Kind=u8, Body=Bytes(8000))
Recall = define("Recall", CSeq=u64)
Reaction = define("Reaction", CSeq=u64, Emoji=String(32), Off=bool_)
Pin = define("Pin", CSeq=u64, Off=bool_)
Keep = define("Keep", Days=u16)
Media = define("Media", ID=Fixed(16), Name=String(255), Type=String(127), Bytes=u64, Width=u32, Height=u32, Duration=u32,
               Thumbnail=Bytes(4096), Caption=String(2048))
Location = define("Location", Latitude=f64, Longitude=f64, Accuracy=f32, Name=String(255))

GroupInfo = define("GroupInfo", Name=String(128), Avatar=String(256), Announcement=String(2048), Entry=u8, Listed=bool_,
                   Quiet=bool_, Keep=(2, u16))
GroupChange = define("GroupChange", Act=u8, UIDs=List(u64, 500), Role=u8, Until=i64, Info=Nested(GroupInfo), Reason=String(256))
Group = define("Group", Conv=Fixed(16), Info=Nested(GroupInfo), Owner=u64, Members=u32, Founded=i64, Dissolved=bool_, Role=u8,
               Since=u64, Muted=i64, Big=(2, u64), Gone=(2, u64), Others=(2, u32))
GetGroups = define("GetGroups", 0x0310, Req=u64, Convs=List(Fixed(16), 100))
FindGroups = define("FindGroups", 0x0311, Req=u64, Prefix=String(128), After=String(512), Limit=u16)
Groups = define("Groups", 0x0312, Req=u64, Last=bool_, Next=String(512), List=List(Nested(Group), 100))
GroupMember = define("GroupMember", UID=u64, Role=u8, Since=u64, Muted=i64, Read=u64)
GetMembers = define("GetMembers", 0x0313, Req=u64, Conv=Fixed(16), After=u64, Limit=u16)
Members = define("Members", 0x0314, Req=u64, Conv=Fixed(16), Last=bool_, More=bool_, List=List(Nested(GroupMember), 500))
GetConversations = define("GetConversations", 0x0315, Req=u64, After=Fixed(16), Limit=u16)
Talk = define("Talk", Conv=Fixed(16), Head=u64, Read=u64, Unread=u64, Since=u64, Newest=Bytes(12288),
              State=(2, Bytes(3072)), Big=(3, bool_))
Conversations = define("Conversations", 0x0316, Req=u64, Last=bool_, More=bool_, Head=u64, List=List(Nested(Talk), 128))
TalkDraft = define("TalkDraft", Text=String(2048), Reply=u64)
Setting = define("Setting", Conv=Fixed(16), Act=u8, Off=bool_, CSeq=u64, Until=i64, Place=u32, Draft=Nested(TalkDraft),
                 CSeqs=List(u64, 100))
TalkState = define("TalkState", Changed=u64, Archived=u64, Muted=i64, Place=u32, Unread=u64, Draft=Nested(TalkDraft), Drafted=u64,
                   Cleared=u64, Deleted=u32, Invisible=(2, i64), Keep=(3, u16), Kept=(3, u64))
GetPins = define("GetPins", 0x0330, Req=u64, Conv=Fixed(16), Before=u64, Limit=u16)
Pins = define("Pins", 0x0331, Req=u64, Conv=Fixed(16), Last=bool_, More=bool_, Messages=List(Bytes(12288), 100))
Watch = define("Watch", 0x0320, Req=u64, Convs=List(Fixed(16), 128))
Watched = define("Watched", Conv=Fixed(16), Code=u16, Head=u64)
Watching = define("Watching", 0x0321, Req=u64, List=List(Nested(Watched), 128))
Unwatch = define("Unwatch", 0x0322, Convs=List(Fixed(16), 128))
NotifyConv = define("NotifyConv", 0x0323, Message=Bytes(12288))
ConvHead = define("ConvHead", 0x0324, Conv=Fixed(16), Code=u16, CSeq=u64)
Typing = define("Typing", 0x0120, Conv=Fixed(16), Off=bool_)
TypingBy = define("TypingBy", 0x0121, Conv=Fixed(16), UID=u64, Off=bool_)
FindMessages = define("FindMessages", 0x0332, Req=u64, Text=String(128), Conv=Fixed(16), At=Fixed(16), Before=u64, Limit=u16)
FoundMessages = define("FoundMessages", 0x0333, Req=u64, Last=bool_, More=bool_, At=Fixed(16), Before=u64,
                       Messages=List(Bytes(12288), 100))
Later = define("Later", At=i64, Conv=Fixed(16), Kind=u8, Body=Bytes(7000), Extra=Bytes(1024), Instead=u64)
LaterOff = define("LaterOff", CSeq=u64)
LaterDone = define("LaterDone", CSeq=u64, Code=u16, Conv=Fixed(16), Sent=u64)
PendingLater = define("PendingLater", CSeq=u64, Later=Nested(Later))
DeliveredTo = define("DeliveredTo", 0x0122, Conv=Fixed(16), UID=u64, CSeq=u64)
GetLaters = define("GetLaters", 0x0334, Req=u64)
Laters = define("Laters", 0x0335, Req=u64, Last=bool_, List=List(Nested(PendingLater), 100))
FriendChange = define("FriendChange", Act=u8, Greeting=String(800))
Block = define("Block", UID=u64, Off=bool_)
Relation = define("Relation", UID=u64, State=u8, CSeq=u64, Since=i64, Greeting=String(800), Again=i64, Blocked=i64, Changed=u64)
GetRelations = define("GetRelations", 0x0344, Req=u64, After=u64, Limit=u16)
Relations = define("Relations", 0x0345, Req=u64, Last=bool_, Next=u64, List=List(Nested(Relation), 500))
Profile = define("Profile", Name=String(256), About=String(1120), Avatar=Fixed(16), Hidden=bool_)
UserProfile = define("UserProfile", UID=u64, Account=String(64), Profile=Nested(Profile), Version=u64, Changed=i64, Deleted=(2, bool_))
GetProfiles = define("GetProfiles", 0x0340, Req=u64, UIDs=List(u64, 100), Known=List(u64, 100))
Profiles = define("Profiles", 0x0341, Req=u64, Last=bool_, List=List(Nested(UserProfile), 100))
FindPeople = define("FindPeople", 0x0342, Req=u64, Prefix=String(256), Limit=u16)
FoundPeople = define("FoundPeople", 0x0343, Req=u64, Last=bool_, List=List(Nested(UserProfile), 20))
MediaInfo = define("MediaInfo", ID=Fixed(16), Owner=u64, Bytes=u64, Type=String(127), Hash=Fixed(32), Width=u32, Height=u32, Larger=u32,
                   Thumbnail=Bytes(4096), Created=i64)
GetMediaToken = define("GetMediaToken", 0x0360, Req=u64)
MediaToken = define("MediaToken", 0x0361, Req=u64, URL=String(512), Token=Bytes(128), Expires=i64, Most=u64)
MediaRef = define("MediaRef", ID=Fixed(16), Conv=Fixed(16), CSeq=u64)
GetMediaLinks = define("GetMediaLinks", 0x0362, Req=u64, Refs=List(Nested(MediaRef), 32))
MediaLink = define("MediaLink", ID=Fixed(16), Code=u16, Type=String(127), Bytes=u64, URL=String(768), Thumbnail=String(768))
MediaLinks = define("MediaLinks", 0x0363, Req=u64, Last=bool_, Expires=i64, List=List(Nested(MediaLink), 32))
DeleteAccount = define("DeleteAccount", 0x0356, Req=u64, Method=u8, Secret=Bytes(2048))
AccountDeleted = define("AccountDeleted", 0x0357, Req=u64)
GetSignIns = define("GetSignIns", 0x0350, Req=u64, Before=i64, Conn=u64, Limit=u16, Gate=(2, String(64)))
SignIn = define("SignIn", Device=u64, Platform=u8, Address=String(64), Gate=String(64), Conn=u64, Began=i64, Ended=i64, End=u8)
SignIns = define("SignIns", 0x0351, Req=u64, Last=bool_, More=bool_, List=List(Nested(SignIn), 100))
GetExport = define("GetExport", 0x035A, Req=u64, Cursor=Bytes(512))
ExportPart = define("ExportPart", 0x035B, Req=u64, Last=bool_, Done=bool_, Count=u64, Cursor=Bytes(512), Lines=Bytes(11264))
PresenceState = define("PresenceState", UID=u64, Code=u16, Online=bool_, Devices=u16, Platforms=u16, Since=i64, Seen=i64)
WatchPresence = define("WatchPresence", 0x0352, Req=u64, Via=Fixed(16), UIDs=List(u64, 500), After=(2, u64), Limit=(2, u16), Window=(2, bool_))
WatchingPresence = define("WatchingPresence", 0x0353, Req=u64, Last=bool_, List=List(Nested(PresenceState), 500), More=(2, bool_))
UnwatchPresence = define("UnwatchPresence", 0x0354, UIDs=List(u64, 500))
PresenceChanged = define("PresenceChanged", 0x0355, List=List(Nested(PresenceState), 500))

DEFINITIONS = {v.__name__: v for v in list(globals().values()) if isinstance(v, type) and issubclass(v, Message) and v is not Message}

DOWN = {m.ID: m for m in (LoginOK, Pong, Error, Kicked, GoAway, Tickets, PasswordOK, SendAck, Notify, Head, ReadOK, ReadBy, MsgPage, ConvPage,
                          Users, Presence, PushOK, Groups, Members, Conversations, Pins, TypingBy, FoundMessages, Watching, NotifyConv, ConvHead,
                           MediaToken, MediaLinks, Laters, DeliveredTo, Relations, Profiles, FoundPeople, SignIns, WatchingPresence,
                           PresenceChanged, ExportPart)}
UP_ONLY = {m.ID for m in (Login, Ping, AppState, ChangePassword, DeleteAccount, Send, Ack, Read, GetMsg, GetConv, Lookup, GetPresence, RegisterPush, GetGroups,
                          FindGroups, GetMembers, GetConversations, GetPins, Typing, FindMessages, Watch, Unwatch,
                          GetMediaToken, GetMediaLinks, GetLaters, GetRelations, GetProfiles, FindPeople,
                          GetSignIns, WatchPresence, UnwatchPresence, GetExport)}
