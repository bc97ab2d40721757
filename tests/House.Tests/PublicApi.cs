using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cairn.House.Tests;

/// <summary>The public types and members of an assembly as text, in an order that does not change.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    /// <summary>Describes an assembly.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="except">A namespace that is left out, such as one of generated code.</param>
    public static string Describe(Assembly assembly, string except)
    {
        StringBuilder text = new();
        foreach (Type type in assembly.GetExportedTypes().Where(type => type.Namespace != except).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(type.FullName!.Replace('+', '.')).Append('\n');
            IEnumerable<string> members = type.IsEnum
                ? Enum.GetValues(type).Cast<object>().Select(value => $"{value} = {Convert.ToInt64(value)}")
                : type.GetMembers(Declared).Where(IsApi).Select(Signature).Order(StringComparer.Ordinal);
            foreach (string member in members)
            {
                text.Append("  ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    // What a record is given by the compiler says nothing that its constructor does not.
    private static bool IsApi(MemberInfo member) => member switch
    {
        MethodBase method => IsVisible(method) && !IsGenerated(method) && !IsAccessor(method),
        PropertyInfo property => property.Name != "EqualityContract" && property.GetAccessors(nonPublic: true).Any(IsVisible),
        FieldInfo field => field.IsPublic || field.IsFamily,
        Type => false,
        _ => true,
    };

    private static bool IsAccessor(MethodBase method) =>
        method is { IsSpecialName: true, IsConstructor: false } && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsGenerated(MethodBase method) => method.IsDefined(typeof(CompilerGeneratedAttribute));

    private static string Signature(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo method => $"{Static(method)}{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})",
        PropertyInfo property => $"{Static(property.GetAccessors(true)[0])}{Name(property.PropertyType)} {property.Name} {{{Accessors(property)} }}",
        FieldInfo { IsLiteral: true } field => $"const {Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field => $"{(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}",
        _ => member.ToString()!,
    };

    private static string Static(MethodBase method) => method.IsStatic ? "static " : method.IsAbstract && !method.DeclaringType!.IsInterface ? "abstract " : "";

    private static string Accessors(PropertyInfo property)
    {
        string get = property.GetMethod is { } getter && IsVisible(getter) ? " get;" : "";
        bool isInit = property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;
        string set = property.SetMethod is { } setter && IsVisible(setter) ? isInit ? " init;" : " set;" : "";
        return get + set;
    }

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        string mode = parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : "";
        return $"{mode}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.IsOptional ? "?" : "")}";
    }));

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return Name(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }

        if (Keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }

        string name = type.Name.Split('`')[0];
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
