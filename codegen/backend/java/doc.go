// Package java writes Java for a package of message definitions, of language
// level 8 and without dependencies or reflection, so that Android and Kotlin use
// it too. Everything is in one Java package: structs of other packages of
// definitions that are nested are written along.
//
// There is one mutable class with public fields for each struct, and not
// getters: Kotlin sees both as properties, Android counts every method, and there
// is nothing to intercept because encode checks every value. There is one class
// of constants for each enum, since a Java enum could not hold a value that this
// version has no name for. MessageType, UpHandler, DownHandler, Dispatch and
// DispatchResult serve the whole package, and the files of runtime read and write
// bytes.
//
// Types:
//
//	bool                             boolean
//	int8 int16 int32 uint8 uint16    int; checked when encoded
//	uint32                           long; checked when encoded
//	int64 uint64                     long; Long.toUnsignedString, Long.compareUnsigned
//	float32 float64                  float, double
//	string                           String
//	[]byte, [N]byte                  byte[]
//	struct                           its class, never null
//	enum                             the int or long of its kind
//	list of numbers or bools         boolean[], int[], long[], float[], double[]
//	list of others                   java.util.List
//
// Names: a field is named by ir.CamelCase. A word of Java or Kotlin, and a
// method of Object, gets an underscore: class_, fun_, hashCode_; so does a struct
// that is named like a class that the output imports: List_. Constants are the
// words in capitals: LOGIN_OK.
//
// It imports codegen/backend and codegen/ir. What it writes imports java.*.
package java
