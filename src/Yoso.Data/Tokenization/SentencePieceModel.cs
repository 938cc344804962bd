// SPDX-License-Identifier: MIT
using Google.Protobuf;

namespace Yoso.Data.Tokenization;

/// <summary>Kind of a piece, by its number in sentencepiece_model.proto.</summary>
internal enum PieceType { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 }

internal readonly record struct Piece(string Text, float Score, PieceType Type);

/// <summary>What a sentencepiece .model file says (sentencepiece_model.proto), as far as unigram encoding needs it.</summary>
internal sealed class SentencePieceModel
{
    private const int Unigram = 1;

    internal List<Piece> Pieces { get; } = [];

    internal byte[] Charsmap { get; private set; } = [];

    internal bool AddDummyPrefix { get; private set; } = true;

    internal bool RemoveExtraWhitespaces { get; private set; } = true;

    internal bool EscapeWhitespaces { get; private set; } = true;

    private int modelType = Unigram;
    private bool whitespaceAsSuffix;
    private bool byteFallback;

    /// <exception cref="DataFormatException">Not such a file, or a kind that is not implemented.</exception>
    internal static SentencePieceModel Parse(byte[] file, string path)
    {
        var model = new SentencePieceModel();
        try
        {
            model.Read(new CodedInputStream(file));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new DataFormatException($"{path} is not a sentencepiece model or is cut off; get it again", e);
        }
        if (model.Pieces.Count == 0) throw new DataFormatException($"{path} holds no pieces; it is not a sentencepiece model");
        if (model.modelType != Unigram) throw new DataFormatException($"{path} is a sentencepiece model of another kind; train it with --model_type=unigram");
        if (model.whitespaceAsSuffix) throw new DataFormatException($"{path} treats white space as suffix; train it without that option");
        if (model.byteFallback) throw new DataFormatException($"{path} falls back to bytes; train it without --byte_fallback");
        if (model.Pieces.Count(piece => piece.Type == PieceType.Unknown) != 1) throw new DataFormatException($"{path} must have exactly one unknown piece");
        return model;
    }

    private void Read(CodedInputStream input)
    {
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    Pieces.Add(ReadPiece(Nested(input)));
                    break;
                case 2:
                    ReadTrainer(Nested(input));
                    break;
                case 3:
                    ReadNormalizer(Nested(input));
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private static CodedInputStream Nested(CodedInputStream input) => new(input.ReadBytes().ToByteArray());

    private static Piece ReadPiece(CodedInputStream input)
    {
        var (text, score, type) = ("", 0f, PieceType.Normal);
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    text = input.ReadString();
                    break;
                case 2:
                    score = input.ReadFloat();
                    break;
                case 3:
                    type = (PieceType)input.ReadEnum();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
        return new Piece(text, score, type);
    }

    private void ReadTrainer(CodedInputStream input)
    {
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 3:
                    modelType = input.ReadEnum();
                    break;
                case 24:
                    whitespaceAsSuffix = input.ReadBool();
                    break;
                case 35:
                    byteFallback = input.ReadBool();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private void ReadNormalizer(CodedInputStream input)
    {
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 2:
                    Charsmap = input.ReadBytes().ToByteArray();
                    break;
                case 3:
                    AddDummyPrefix = input.ReadBool();
                    break;
                case 4:
                    RemoveExtraWhitespaces = input.ReadBool();
                    break;
                case 5:
                    EscapeWhitespaces = input.ReadBool();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }
}
