import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A generated class, by reflection: so one program serves every package. */
final class Type {
    private final Class<?> type;

    Type(String packageName, String name) throws ClassNotFoundException {
        type = Class.forName(packageName + "." + name);
    }

    private Type(Class<?> type) {
        this.type = type;
    }

    /** Decodes; what decode throws comes out as it is. */
    Object decode(byte[] bytes) throws Throwable {
        return call(type.getMethod("decode", byte[].class), null, (Object) bytes);
    }

    byte[] encode(Object message) throws Throwable {
        return (byte[]) call(type.getMethod("encode"), message);
    }

    Object copy(Object message) throws Throwable {
        return call(type.getMethod("copy"), message);
    }

    private static Object call(Method method, Object target, Object... arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** Makes a message of the fields that vectors give, by their names in Go. */
    Object of(Map<?, ?> fields) throws ReflectiveOperationException {
        Object message = type.getDeclaredConstructor().newInstance();
        for (Map.Entry<?, ?> e : fields.entrySet()) {
            Field field = field(e.getKey().toString());
            field.set(message, value(field.getType(), field, e.getValue()));
        }
        return message;
    }

    /** Finds a field by its name in Go; one that would be a word of Java ends with an underscore. */
    private Field field(String name) throws NoSuchFieldException {
        for (Field f : type.getFields()) {
            if (f.getName().toLowerCase(Locale.ROOT).replace("_", "").equals(name.toLowerCase(Locale.ROOT))) {
                return f;
            }
        }
        throw new NoSuchFieldException(type.getSimpleName() + "." + name);
    }

    private static Object value(Class<?> type, Field field, Object json) throws ReflectiveOperationException {
        if (json instanceof Boolean || type == String.class) {
            return json;
        } else if (type == byte[].class) {
            return Hex.decode((String) json);
        } else if (type == List.class) {
            List<Object> list = new ArrayList<>();
            Class<?> element = (Class<?>) ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0];
            for (Object e : (List<?>) json) {
                list.add(value(element, field, e));
            }
            return list;
        } else if (type.isArray()) {
            List<?> list = (List<?>) json;
            Object array = Array.newInstance(type.getComponentType(), list.size());
            for (int i = 0; i < list.size(); i++) {
                Array.set(array, i, value(type.getComponentType(), field, list.get(i)));
            }
            return array;
        } else if (json instanceof Map) {
            return new Type(type).of((Map<?, ?>) json);
        }
        return number(type, (String) json);
    }

    private static Object number(Class<?> type, String text) {
        if (type == int.class) {
            return Integer.parseInt(text);
        } else if (type == long.class) {
            return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
        } else if (type == float.class) {
            return Float.parseFloat(text);
        }
        return Double.parseDouble(text);
    }
}
