namespace Cairn.Grains;

/// <summary>Where this silo serves tensor bytes. The host knows it; grains hand it out in routes.</summary>
public interface IDataPlaneAddress
{
    /// <summary>The address that clients reach, such as <c>http://127.0.0.1:5310</c>; null while nothing listens.</summary>
    Uri? Current { get; }
}
