using Cairn.Format.Errors;
using Cairn.Storage.Local;

namespace Cairn.Storage.Tests.Local;

/// <summary>What the operating system refuses, by its numbers. <see cref="DiskFaultTests"/> makes real disks refuse, which needs root.</summary>
public sealed class LocalFaultsTests
{
    private const string Path = "/store/model.ckpt-1.index";

    /// <summary>The numbers of this operating system.</summary>
    public static TheoryData<int, CheckpointError, string> Numbers => OperatingSystem.IsWindows()
        ? new()
        {
            { unchecked((int)0x80070070), CheckpointError.StoreFull, "free some room" }, // ERROR_DISK_FULL
            { unchecked((int)0x80070013), CheckpointError.AccessDenied, "protected against writing" }, // ERROR_WRITE_PROTECT
        }
        : new()
        {
            { 28, CheckpointError.StoreFull, "free some room" }, // ENOSPC
            { 122, CheckpointError.StoreFull, "raise the quota" }, // EDQUOT on Linux
            { 69, CheckpointError.StoreFull, "raise the quota" }, // EDQUOT on macOS
            { 27, CheckpointError.StoreFull, "ulimit -f" }, // EFBIG
            { 30, CheckpointError.AccessDenied, "mount it for writing" }, // EROFS
            { 13, CheckpointError.AccessDenied, "Give this user the permission" }, // EACCES
            { 1, CheckpointError.AccessDenied, "Give this user the permission" }, // EPERM
            { 24, CheckpointError.StoreUnavailable, "ulimit -n" }, // EMFILE
            { 5, CheckpointError.StoreUnavailable, "try again" }, // EIO
        };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Translate_ANumberOfTheSystem_GivesTheKind_ThePath_TheRemedy_AndTheCause(int number, CheckpointError kind, string remedy)
    {
        var fault = new IOException("The system's own words.", number);

        Requires(LocalFaults.Translate(Path, fault), fault, kind, remedy);
    }

    /// <summary>.NET raises EACCES of an open as this, without a number.</summary>
    [Fact]
    public void Translate_AnUnauthorisedAccess_IsAccessDenied()
    {
        var fault = new UnauthorizedAccessException("The system's own words.");

        Requires(LocalFaults.Translate(Path, fault), fault, CheckpointError.AccessDenied, "Give this user the permission");
    }

    [Fact]
    public async Task RunAsync_WorkThatMeetsAFullDisk_ThrowsItsTranslation()
    {
        var fault = new IOException("The system's own words.", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => LocalFaults.RunAsync(Path, () => throw fault));

        Requires(refusal, fault, CheckpointError.StoreFull, "free some room");
    }

    private static void Requires(CheckpointException refusal, Exception cause, CheckpointError kind, string remedy)
    {
        Assert.Equal(kind, refusal.Error);
        Assert.All([$"'{Path}'", "The system's own words", remedy], part => Assert.Contains(part, refusal.Message));
        Assert.Same(cause, refusal.InnerException);
    }
}
