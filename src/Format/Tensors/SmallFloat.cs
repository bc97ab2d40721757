namespace Cairn.Format.Tensors;

/// <summary>The floating-point types of 8 bits and fewer: how many bits mean what.</summary>
/// <param name="ExponentBits">Bits of the exponent.</param>
/// <param name="MantissaBits">Bits of the fraction.</param>
/// <param name="Bias">What is taken off the exponent.</param>
/// <param name="Specials">Which patterns are no numbers.</param>
/// <remarks>Source: the OCP 8-bit floating point specification for E5M2 and E4M3FN; ml_dtypes for the rest.</remarks>
internal readonly record struct SmallFloat(int ExponentBits, int MantissaBits, int Bias, SmallFloatSpecials Specials)
{
    /// <summary>The layout of <paramref name="dtype"/>, or null if it is none of these types.</summary>
    public static SmallFloat? Of(TensorDType dtype) => dtype switch
    {
        TensorDType.Float8E5M2 => new SmallFloat(5, 2, 15, SmallFloatSpecials.InfinityAndNaN),
        TensorDType.Float8E4M3FN => new SmallFloat(4, 3, 7, SmallFloatSpecials.NaNIsAllOnes),
        TensorDType.Float8E4M3FNUZ => new SmallFloat(4, 3, 8, SmallFloatSpecials.NaNIsNegativeZero),
        TensorDType.Float8E4M3B11FNUZ => new SmallFloat(4, 3, 11, SmallFloatSpecials.NaNIsNegativeZero),
        TensorDType.Float8E5M2FNUZ => new SmallFloat(5, 2, 16, SmallFloatSpecials.NaNIsNegativeZero),
        TensorDType.Float4E2M1FN => new SmallFloat(2, 1, 1, SmallFloatSpecials.None),
        _ => null,
    };

    /// <summary>The value of a bit pattern; every one is exact in a float.</summary>
    public float Decode(byte bits)
    {
        int exponentMax = (1 << ExponentBits) - 1;
        int exponent = (bits >> MantissaBits) & exponentMax;
        int mantissa = bits & ((1 << MantissaBits) - 1);
        bool isNegative = (bits >> (ExponentBits + MantissaBits) & 1) != 0;

        switch (Specials)
        {
            case SmallFloatSpecials.NaNIsNegativeZero when isNegative && exponent == 0 && mantissa == 0:
            case SmallFloatSpecials.NaNIsAllOnes when exponent == exponentMax && mantissa == (1 << MantissaBits) - 1:
            case SmallFloatSpecials.InfinityAndNaN when exponent == exponentMax && mantissa != 0:
                return float.NaN;
            case SmallFloatSpecials.InfinityAndNaN when exponent == exponentMax:
                return isNegative ? float.NegativeInfinity : float.PositiveInfinity;
        }

        // A zero exponent means no hidden one, and the scale of exponent 1.
        float significand = exponent == 0 ? mantissa : mantissa + (1 << MantissaBits);
        float magnitude = MathF.ScaleB(significand, Math.Max(exponent, 1) - Bias - MantissaBits);
        return isNegative ? -magnitude : magnitude;
    }

    /// <summary>The bit pattern nearest to a value; of two equally near ones the even. What is too large becomes infinity, or NaN where the type has no
    /// infinity.</summary>
    public ushort Encode(double value)
    {
        int sign = double.IsNegative(value) ? 1 << (ExponentBits + MantissaBits) : 0;
        double magnitude = Math.Abs(value);
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? NotANumber(sign) : Overflow(sign);
        }

        int exponent = magnitude == 0 ? 1 - Bias : Math.Max(Math.ILogB(magnitude), 1 - Bias);
        int significand = (int)Math.Round(Math.ScaleB(magnitude, MantissaBits - exponent), MidpointRounding.ToEven);

        // The hidden bit adds one to the exponent's field, and so does a carry out of the fraction.
        int bits = significand == 0 ? 0 : ((exponent + Bias - 1) << MantissaBits) + significand;
        if (bits > LargestBits)
        {
            return Overflow(sign);
        }

        return (ushort)(bits == 0 && Specials == SmallFloatSpecials.NaNIsNegativeZero ? 0 : sign | bits);
    }

    private int LargestBits => Specials switch
    {
        SmallFloatSpecials.InfinityAndNaN => (((1 << ExponentBits) - 1) << MantissaBits) - 1,
        SmallFloatSpecials.NaNIsAllOnes => (1 << (ExponentBits + MantissaBits)) - 2,
        _ => (1 << (ExponentBits + MantissaBits)) - 1,
    };

    private ushort Overflow(int sign) =>
        Specials == SmallFloatSpecials.InfinityAndNaN ? (ushort)(sign | (((1 << ExponentBits) - 1) << MantissaBits)) : NotANumber(sign);

    private ushort NotANumber(int sign) => Specials switch
    {
        SmallFloatSpecials.InfinityAndNaN => (ushort)(sign | (((1 << ExponentBits) - 1) << MantissaBits) | (1 << (MantissaBits - 1))),
        SmallFloatSpecials.NaNIsAllOnes => (ushort)(sign | ((1 << (ExponentBits + MantissaBits)) - 1)),
        _ => (ushort)(1 << (ExponentBits + MantissaBits)),
    };
}

/// <summary>Which bit patterns of a small float are no numbers.</summary>
internal enum SmallFloatSpecials
{
    None,
    InfinityAndNaN,
    NaNIsAllOnes,
    NaNIsNegativeZero,
}
