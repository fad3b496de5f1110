"""Every kind of field (section 18): the structs of msgdef/vectors/kinds, as its msgdef.lock has them."""

from .wire import (Bytes, Fixed, List, Message, Nested, String, bool_, define, f32, f64, i8, i16, i32, i64, u8, u16, u32,
                   u64)

Scalars = define("Scalars", 0x8001, Bool=bool_, Int8=i8, Int16=i16, Int32=i32, Int64=i64, Uint8=u8, Uint16=u16, Uint32=u32,
                 Uint64=u64, Float32=f32, Float64=f64, Level=u8, Offset=i32, Flags=u64)
Texts = define("Texts", 0x8002, Short=String(5), Text=String(300), Long=String(20000), Blob=Bytes(300), Fixed=Fixed(5),
               Single=Fixed(1), Secret=String(16))

Point = define("Point", frozen=True, X=i32, Y=i32, Known=bool_)
Label = define("Label", frozen=True, Name=String(16), At=Nested(Point), Rest=u16)
Alias = define("Alias", Names=List(String(8), 4))
Person = define("Person", Name=String(32), Home=Nested(Point), Tag=Nested(Label), Alias=Nested(Alias), Email=(2, String(32)))

Lists = define("Lists", 0x8003, Bools=List(bool_, 9), Bytes=List(Bytes(200), 9), Texts=List(String(20), 9), Ints=List(i16, 300),
               Longs=List(u64, 9), Floats=List(f64, 9), Levels=List(u8, 9), Arrays=List(Fixed(3), 9),
               Points=List(Nested(Point), 9), Persons=List(Nested(Person), 9), Labels=List(Nested(Label), 9))
Grown = define("Grown", 0x8004, ID=u64, _1=u32, Name=String(16), Age=(2, u16), _2=(2, List(Nested(Point), 4)),
               Person=(3, Nested(Person)), Score=(3, f32))
Names = define("Names", 0x8005, Class=u8, Default=u8, Function=u8, New=u8, Package=u8, This=u8, UserID=u64,
               HTTPProxy=String(8), ToString=u8, GetClass=u8, HashCode=u8, In=u8, Object=u8, Fun=u8, Val=u8)
Empty = define("Empty", 0x8006)
Envelope = define("Envelope", 0x8007, Person=Bytes(512), Persons=List(Bytes(512), 4))

Eight = define("Eight", Value=u64)
Seven = define("Seven", Eight=Nested(Eight))
Six = define("Six", Seven=Nested(Seven))
Five = define("Five", Six=Nested(Six))
Four = define("Four", Five=List(Nested(Five), 2))
Three = define("Three", Four=Nested(Four))
Two = define("Two", Three=List(Nested(Three), 2))
Deep = define("Deep", 0x8008, Two=Nested(Two))

DEFINITIONS = {v.__name__: v for v in list(globals().values()) if isinstance(v, type) and issubclass(v, Message) and v is not Message}
