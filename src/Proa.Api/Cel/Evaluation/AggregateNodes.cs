using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

internal sealed class ListNode(Node[] elements, bool[]? optional) : Node
{
    private const long Cost = 10;

    public override CelValue Evaluate(Frame frame)
    {
        var items = new List<CelValue>(elements.Length);
        for (var i = 0; i < elements.Length; i++)
        {
            var item = elements[i].Evaluate(frame);
            if (item.IsError)
            {
                return item;
            }
            if (optional is not null && optional[i])
            {
                if (item.Kind != CelKind.Optional)
                {
                    return CelValue.Error($"cannot initialize optional list element from non-optional value {item}");
                }
                if (!item.AsOptional.HasValue)
                {
                    continue;
                }
                item = item.AsOptional.Value;
            }
            items.Add(item);
        }
        frame.Charge(Cost);
        return CelValue.Of(new CelValueList(items));
    }
}

/// <summary>A map, or an object with fields.</summary>
internal sealed class MapNode((Node Key, Node Value, bool Optional)[] entries, CelType? type) : Node
{
    private const long MapCost = 30;
    private const long ObjectCost = 40;

    public override CelValue Evaluate(Frame frame)
    {
        var map = new CelValueMap(type);
        foreach (var (key, value, optional) in entries)
        {
            var name = key.Evaluate(frame);
            if (name.IsError)
            {
                return name;
            }
            var member = value.Evaluate(frame);
            if (member.IsError)
            {
                return member;
            }
            if (optional)
            {
                if (member.Kind != CelKind.Optional)
                {
                    return CelValue.Error($"cannot initialize optional entry '{name}' from non-optional value {member}");
                }
                if (!member.AsOptional.HasValue)
                {
                    continue;
                }
                member = member.AsOptional.Value;
            }
            if (name.Kind is not (CelKind.String or CelKind.Bool or CelKind.Int or CelKind.Uint))
            {
                return CelValue.Error($"unsupported key type: {name.RuntimeType.RuntimeName}");
            }
            if (!map.TryAdd(name, member))
            {
                return CelValue.Error($"Failed with repeated key: {name}");
            }
        }
        frame.Charge(type is null ? MapCost : ObjectCost);
        return CelValue.Of(map);
    }
}

/// <summary>Adds to the list or map that a comprehension is building: nobody else has it, so that it need not be copied.</summary>
internal sealed class AppendNode(int slot, Node[] args) : Node
{
    private const long Cost = 12;

    public override CelValue Evaluate(Frame frame)
    {
        var built = frame.Slot(slot);
        if (built.IsError)
        {
            return built;
        }
        var first = args[0].Evaluate(frame);
        if (first.IsError)
        {
            return first;
        }
        if (built.Kind == CelKind.List)
        {
            ((CelValueList)built.AsList).Add(first);
            frame.Charge(Cost);
            return built;
        }
        var map = (CelValueMap)built.AsMap;
        frame.Charge(2);
        if (args.Length == 2)
        {
            var value = args[1].Evaluate(frame);
            return value.IsError ? value : map.TryAdd(first, value) ? built : CelValue.Error($"insert failed: key {first} already exists");
        }
        if (first.Kind != CelKind.Map)
        {
            return CelValue.NoSuchOverload;
        }
        foreach (var key in first.AsMap.Keys)
        {
            first.AsMap.TryGet(key, out var member);
            if (!map.TryAdd(key, member))
            {
                return CelValue.Error($"insert failed: key {key} already exists");
            }
        }
        return built;
    }
}
