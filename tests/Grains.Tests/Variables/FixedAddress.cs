namespace Cairn.Grains.Tests.Variables;

internal sealed class FixedAddress(Uri? current) : IDataPlaneAddress
{
    public Uri? Current { get; set; } = current;
}
