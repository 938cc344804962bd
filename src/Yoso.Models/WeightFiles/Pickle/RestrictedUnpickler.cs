// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Numerics;

namespace Yoso.Models.WeightFiles.Pickle;

/// <summary>
/// Reads a pickle as data. There is no code that it could call: an allowed global stands for a value that
/// <see cref="TorchGlobals"/> makes here, and every other global and opcode ends the reading.
/// </summary>
/// <remarks>The interpreter is a loop over an explicit stack, so nesting costs no recursion however deep it is.</remarks>
internal sealed class RestrictedUnpickler
{
    private static readonly object MarkObject = new();
    private readonly PickleReader _reader;
    private readonly Func<PickleTuple, PickleStorage> _persistent;
    private readonly Stack<object?> _stack = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _marks;
    private int _pushed;

    /// <param name="persistent">Resolves a storage, whose values lie outside the pickle.</param>
    private RestrictedUnpickler(Stream stream, Func<PickleTuple, PickleStorage> persistent) =>
        (_reader, _persistent) = (new PickleReader(stream, WeightLimits.PickleBytes), persistent);

    /// <summary>The value of one pickle; the stream then stands behind it.</summary>
    /// <exception cref="PickleException">Anything unknown, impossible or too large; the message names opcode or global and position.</exception>
    public static object? Load(Stream stream, Func<PickleTuple, PickleStorage> persistent)
    {
        var unpickler = new RestrictedUnpickler(stream, persistent);
        var opcode = default(Opcode);
        long position = 0;
        try
        {
            while (true)
            {
                position = unpickler._reader.Position;
                opcode = (Opcode)unpickler._reader.Byte();
                if (opcode == Opcode.Stop) return unpickler.Result();
                unpickler.Step(opcode);
            }
        }
        catch (EndOfStreamException)
        {
            throw new PickleException($"it ends inside opcode {opcode.PythonName()} at byte {position}: the file is cut off");
        }
        catch (PickleException e)
        {
            throw new PickleException($"{e.Message} (opcode {opcode.PythonName()}, byte {position})");
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidCastException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new PickleException($"opcode {opcode.PythonName()} at byte {position} does not fit what came before");
        }
    }

    private object? Result() => _stack.Count == 1 && _marks == 0 ? _stack.Pop() : throw new PickleException($"{_stack.Count} values are left at its end");

    private void Step(Opcode opcode)
    {
        if (Scalar(opcode, out var value)) Push(value);
        else if (!Memo(opcode) && !Container(opcode) && !Structure(opcode)) throw new PickleException("refused: this opcode is not one that weights need");
    }

    private bool Scalar(Opcode opcode, out object? value)
    {
        value = opcode switch
        {
            Opcode.None => null,
            Opcode.NewTrue => true,
            Opcode.NewFalse => false,
            Opcode.BinInt => (long)_reader.Int32(),
            Opcode.BinInt1 => (long)_reader.Byte(),
            Opcode.BinInt2 => (long)_reader.UInt16(),
            Opcode.Long1 => Integer(_reader.Bytes(_reader.Byte())),
            Opcode.Long4 => Integer(_reader.Bytes(Limited(_reader.UInt32(), 1024))),
            Opcode.Int => DecimalInteger(_reader.Line()),
            Opcode.Long => DecimalInteger(_reader.Line().TrimEnd('L')),
            Opcode.Float => double.Parse(_reader.Line(), NumberStyles.Float, CultureInfo.InvariantCulture),
            Opcode.BinFloat => _reader.BigEndianDouble(),
            Opcode.BinUnicode => _reader.Text(_reader.UInt32()),
            Opcode.ShortBinUnicode => _reader.Text(_reader.Byte()),
            Opcode.BinUnicode8 => _reader.Text(_reader.UInt64()),
            // Python 2's strings: names in old files.
            Opcode.BinString => _reader.Text(_reader.UInt32()),
            Opcode.ShortBinString => _reader.Text(_reader.Byte()),
            Opcode.Unicode => _reader.Line(),
            Opcode.BinBytes => _reader.Bytes(_reader.UInt32()),
            Opcode.ShortBinBytes => _reader.Bytes(_reader.Byte()),
            Opcode.BinBytes8 => _reader.Bytes(_reader.UInt64()),
            _ => MarkObject,
        };
        return value != MarkObject;
    }

    private bool Memo(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Memoize: _memo[(uint)_memo.Count] = Peek(); return true;
            case Opcode.BinPut: _memo[_reader.Byte()] = Peek(); return true;
            case Opcode.LongBinPut: _memo[_reader.UInt32()] = Peek(); return true;
            case Opcode.Put: _memo[uint.Parse(_reader.Line(), NumberStyles.None, CultureInfo.InvariantCulture)] = Peek(); return true;
            case Opcode.BinGet: Push(Remembered(_reader.Byte())); return true;
            case Opcode.LongBinGet: Push(Remembered(_reader.UInt32())); return true;
            case Opcode.Get: Push(Remembered(uint.Parse(_reader.Line(), NumberStyles.None, CultureInfo.InvariantCulture))); return true;
            default: return false;
        }
    }

    private bool Container(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.EmptyTuple: Push(new PickleTuple([])); return true;
            case Opcode.Tuple: Push(new PickleTuple(PopToMark())); return true;
            case Opcode.Tuple1: Push(new PickleTuple([Pop()])); return true;
            case Opcode.Tuple2: Push(new PickleTuple([.. PopSeveral(2)])); return true;
            case Opcode.Tuple3: Push(new PickleTuple([.. PopSeveral(3)])); return true;
            case Opcode.EmptyList: Push(new PickleList([])); return true;
            case Opcode.List: Push(new PickleList([.. PopToMark()])); return true;
            case Opcode.EmptyDict: Push(new PickleDict([])); return true;
            case Opcode.Dict: Push(new PickleDict([.. Pairs(PopToMark())])); return true;
            case Opcode.Append: AddTo([Pop()]); return true;
            case Opcode.Appends: AddTo(PopToMark()); return true;
            case Opcode.SetItem: SetIn(PopSeveral(2)); return true;
            case Opcode.SetItems: SetIn(PopToMark()); return true;
            default: return false;
        }
    }

    private bool Structure(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Proto:
                if (_reader.Byte() is var protocol and > 5) throw new PickleException($"protocol {protocol} is not known");
                return true;
            case Opcode.Frame:
                // A hint for buffering; what it says is not relied on.
                _ = _reader.UInt64();
                return true;
            case Opcode.Mark:
                _marks++;
                Push(MarkObject);
                return true;
            case Opcode.Pop: Discard(); return true;
            case Opcode.PopMark: PopToMark(); return true;
            case Opcode.Dup: Push(Peek()); return true;
            case Opcode.Global: Push(TorchGlobals.Allow(_reader.Line(), _reader.Line())); return true;
            case Opcode.StackGlobal:
                var parts = PopSeveral(2);
                Push(TorchGlobals.Allow(As<string>(parts[0]), As<string>(parts[1])));
                return true;
            case Opcode.Reduce:
            case Opcode.NewObj:
                var call = PopSeveral(2);
                Push(TorchGlobals.Call(call[0], As<PickleTuple>(call[1]).Items));
                return true;
            case Opcode.Build:
                Pop();
                TorchGlobals.SetState(Peek());
                return true;
            case Opcode.BinPersId:
                Push(_persistent(As<PickleTuple>(Pop())));
                return true;
            default:
                return false;
        }
    }

    private void Push(object? value)
    {
        if (++_pushed > WeightLimits.PickleValues) throw new PickleException($"more than {WeightLimits.PickleValues} values; no file of weights has so many");
        _stack.Push(value);
    }

    /// <summary>A cast that fails the same way for null and for another type.</summary>
    internal static T As<T>(object? value) => value is T wanted ? wanted : throw new InvalidCastException();

    private object? Pop() => _stack.Pop() is var value && value != MarkObject ? value : throw new InvalidOperationException();

    private object? Peek() => _stack.Peek() is var value && value != MarkObject ? value : throw new InvalidOperationException();

    private void Discard()
    {
        if (_stack.Pop() == MarkObject) _marks--;
    }

    private object?[] PopSeveral(int count)
    {
        var values = new object?[count];
        for (var i = count - 1; i >= 0; i--) values[i] = Pop();
        return values;
    }

    private object?[] PopToMark()
    {
        if (_marks == 0) throw new InvalidOperationException();
        var values = new List<object?>();
        for (var value = _stack.Pop(); value != MarkObject; value = _stack.Pop()) values.Add(value);
        _marks--;
        values.Reverse();
        return [.. values];
    }

    private object? Remembered(uint index) => _memo.TryGetValue(index, out var value) ? value : throw new PickleException($"it refers to value {index}, which it does not have");

    private void AddTo(object?[] items)
    {
        switch (Peek())
        {
            case PickleList list: list.Items.AddRange(items); break;
            case PickleOpaque: break;
            default: throw new InvalidCastException();
        }
    }

    private void SetIn(object?[] items)
    {
        switch (Peek())
        {
            case PickleDict dict: dict.Pairs.AddRange(Pairs(items)); break;
            case PickleOpaque: break;
            default: throw new InvalidCastException();
        }
    }

    private static IEnumerable<KeyValuePair<object?, object?>> Pairs(object?[] items)
    {
        if (items.Length % 2 != 0) throw new FormatException();
        return Enumerable.Range(0, items.Length / 2).Select(i => KeyValuePair.Create(items[2 * i], items[2 * i + 1]));
    }

    private static object Integer(byte[] littleEndian) => Small(new BigInteger(littleEndian));

    private static object DecimalInteger(string text) => text switch
    {
        "00" => false,
        "01" => true,
        { Length: > 1024 } => throw new PickleException("a number of more than 1024 digits"),
        _ => Small(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
    };

    private static object Small(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    private static ulong Limited(uint length, uint limit) => length <= limit ? length : throw new PickleException($"a number of {length} bytes");
}
