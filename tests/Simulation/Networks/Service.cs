using System.Collections.Concurrent;
using System.Reflection;

namespace Cairn.Simulation.Networks;

/// <summary>Brings a request to the method of the same name on what serves it, whether that answers at once or later.</summary>
internal static class Service
{
    private static readonly ConcurrentDictionary<(Type, string), (MethodInvoker Invoke, int Taken, ConstructorInvoker? Packed)> Known = new();

    /// <summary>Calls it. The answer is a task, or the value itself.</summary>
    public static object? Call(object target, Message message, object?[] arguments)
    {
        (MethodInvoker invoke, int taken, ConstructorInvoker? packed) = Known.GetOrAdd((target.GetType(), message.Method.Name), static (key, asked) => Find(key.Item1, key.Item2, asked), message.Method);
        return packed is null ? invoke.Invoke(target, arguments.AsSpan(0, taken)) : invoke.Invoke(target, packed.Invoke(arguments.AsSpan()));
    }

    // A method that takes one record takes the arguments as its members; one that takes fewer is not interested in the rest.
    private static (MethodInvoker, int, ConstructorInvoker?) Find(Type type, string name, MethodInfo asked)
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        string plain = name[..^"Async".Length];
        MethodInfo method = type.GetMethod(name, All) ?? type.GetMethod(plain, All)
            ?? throw new MissingMethodException($"{type.Name} has neither {name} nor {plain}: the simulation cannot bring it the call.");
        ParameterInfo[] taken = method.GetParameters();
        ParameterInfo[] given = asked.GetParameters();
        if (taken.Zip(given).All(pair => pair.First.ParameterType == pair.Second.ParameterType))
        {
            return (MethodInvoker.Create(method), taken.Length, null);
        }

        ConstructorInfo packed = taken[0].ParameterType.GetConstructors().Single(constructor => constructor.GetParameters().Length == given.Length);
        return (MethodInvoker.Create(method), 1, ConstructorInvoker.Create(packed));
    }
}
