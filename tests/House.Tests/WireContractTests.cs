using System.Reflection;
using System.Text;
using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Orleans;

namespace Cairn.House.Tests;

/// <summary>What crosses a process is appended to, never renumbered: aliases, ids and enum numbers are held by wire-contract.txt.</summary>
public sealed class WireContractTests
{
    [Fact]
    public void WireContract_IsAsRecorded()
    {
        string file = Path.Combine(House.Root, "tests", "House.Tests", "wire-contract.txt");
        string actual = Describe();
        if (Environment.GetEnvironmentVariable("CAIRN_ACCEPT") == "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.True(
            File.ReadAllText(file) == actual,
            "The wire contract differs from wire-contract.txt. If old processes are still understood, run with CAIRN_ACCEPT=1 and review the diff.");
    }

    private static string Describe()
    {
        StringBuilder text = new();
        Type[] types = typeof(ShardId).Assembly.GetTypes();
        foreach (Type type in types.Where(IsOurs).OrderBy(Alias, StringComparer.Ordinal))
        {
            text.Append(Alias(type)).Append('\n');
            IEnumerable<string> lines = type.IsInterface ? Methods(type) : Fields(type);
            foreach (string line in lines.Order(StringComparer.Ordinal))
            {
                text.Append("  ").Append(line).Append('\n');
            }
        }

        IEnumerable<Type> enums = types.Where(type => type is { IsEnum: true, IsPublic: true }).Append(typeof(CheckpointError));
        foreach (Type type in enums.OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            IEnumerable<string> values = Enum.GetValues(type).Cast<object>().Select(value => $"{value}={Convert.ToInt32(value)}");
            text.Append(type.Name).Append(": ").AppendJoin(", ", values).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Leaves out what Orleans generates beside our types.</summary>
    private static bool IsOurs(Type type) =>
        type.GetCustomAttribute<AliasAttribute>() is not null && type.Namespace!.StartsWith("Cairn.", StringComparison.Ordinal);

    private static string Alias(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>()!.Alias;

    private static IEnumerable<string> Methods(Type type) =>
        from method in type.GetMethods()
        let parameters = method.GetParameters().Select(parameter => Name(parameter.ParameterType))
        select $"{Alias(method)}({string.Join(", ", parameters)}) -> {Name(method.ReturnType)}";

    private static IEnumerable<string> Fields(Type type) =>
        from member in type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
        let id = member.GetCustomAttribute<IdAttribute>()
        where id is not null
        select $"{id.Id:D2} {member.Name}: {Name(member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType)}";

    private static string Name(Type type) =>
        type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
}
