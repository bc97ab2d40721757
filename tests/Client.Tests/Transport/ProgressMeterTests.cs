using Cairn.Client.Tests.Fakes;
using Cairn.Client.Transport;

namespace Cairn.Client.Tests.Transport;

public sealed class ProgressMeterTests
{
    [Fact]
    public void Add_AfterAFailedTry_NeverGoesBack()
    {
        var reports = new Reports();
        var meter = new ProgressMeter(reports, 10);

        meter.Add(4);
        meter.Add(-4);
        meter.Add(3);
        meter.Add(7);

        Assert.Equal([4, 10], reports.DoneBytes);
    }
}
