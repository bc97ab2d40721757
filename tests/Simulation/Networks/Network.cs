using Cairn.Simulation.Engine;
using Orleans.Runtime;

namespace Cairn.Simulation.Networks;

/// <summary>Carries requests and answers between the processes of a story: late, out of order, twice, or not at all. A caller hears within the limit of a
/// call, if only that it ran out.</summary>
internal sealed class Network(Pump pump, ulong seed)
{
    private readonly Dictionary<ulong, int> _counts = [];

    /// <summary>The story's clock.</summary>
    public Pump Pump => pump;

    /// <summary>How it behaves.</summary>
    public NetworkTemper Temper { get; set; } = NetworkTemper.Calm;

    /// <summary>Who sees every request: it may change its fate.</summary>
    public INetworkWatch? Watch { get; set; }

    /// <summary>Sends a request from one process to whoever serves it when it arrives.</summary>
    public static Task<T> SendAsync<T>(Network network, Party caller, IEndpoint target, Message message, object?[] arguments) =>
        network.SendAsync<T>(caller, target, message, arguments);

    private Task<T> SendAsync<T>(Party caller, IEndpoint target, Message message, object?[] arguments)
    {
        Envelope<T> envelope = new(this, caller, target, message, arguments);
        if (!Pump.IsHere(message.Name))
        {
            return envelope.Answer;
        }

        ulong hash = Chance.Mix(seed, caller.Hash, target.Hash, message.Hash);
        int count = _counts[hash] = _counts.GetValueOrDefault(hash) + 1;
        Fate fate = Temper.Of(Chance.Mix(hash, (ulong)count));
        envelope.Count = count;
        fate = Watch?.Sends(caller, target, message, arguments, fate) ?? fate;
        envelope.Send(fate);
        return envelope.Answer;
    }

    private sealed class Envelope<T>(Network network, Party caller, IEndpoint target, Message message, object?[] arguments)
    {
        private readonly TaskCompletionSource<T> _answer = new();
        private readonly object? _context = target.Context(caller, message);
        private readonly long _sentAt = network.Pump.Now;
        private bool _isTimed;

        public Task<T> Answer => _answer.Task;

        public int Count { get; set; }

        public void Send(Fate fate)
        {
            if (fate.IsRequestLost)
            {
                TimeOut();
            }
            else
            {
                network.Pump.After(fate.RequestTicks, null, () => Arrive(fate));
            }

            if (fate.RequestTicks + fate.AnswerTicks >= caller.CallTicks)
            {
                TimeOut();
            }

            if (fate.AgainTicks is { } again)
            {
                network.Pump.After(fate.RequestTicks + again, null, () => Arrive(fate with { IsAnswerLost = true, AgainTicks = null }));
            }
        }

        private void Arrive(Fate fate)
        {
            if (target.Resolve(caller, _context) is not var (party, served) || network.Watch?.IsCut(caller, party) == true)
            {
                TimeOut();
                return;
            }

            if (party.IsDead || party.IsFrozen)
            {
                TimeOut();
            }

            if (party.IsAwake(() => Serve(party, served, fate)))
            {
                Serve(party, served, fate);
            }
        }

        private void Serve(Party party, object served, Fate fate)
        {
            network.Watch?.Arrives(caller, target, message, arguments, party, served, Count);
            party.Start(() => ServeAsync(party, served, fate));
        }

        // In the context of the process that serves: if it dies meanwhile, there is no answer.
        private async Task ServeAsync(Party party, object served, Fate fate)
        {
            T answer = default!;
            Exception? refusal = null;
            try
            {
                if (target.Ready(served) is { IsCompleted: false } ready)
                {
                    TimeOut();
                    await ready;
                }

                object? outcome = Service.Call(served, message, arguments);
                if (outcome is Task { IsCompleted: false })
                {
                    TimeOut();
                    network.Watch?.Waits(party, target, message, (Task)outcome);
                }

                if (outcome is Task<T> later)
                {
                    answer = await later;
                }
                else if (outcome is Task bare)
                {
                    await bare;
                }
                else if (outcome is T now)
                {
                    answer = now;
                }
            }
            catch (Exception fault)
            {
                refusal = fault is System.Reflection.TargetInvocationException { InnerException: { } inner } ? inner : fault;
            }

            target.Served(served, message);
            network.Watch?.Answers(caller, target, message, arguments, party, served, answer, refusal, fate);
            if (fate.IsAnswerLost || _answer.Task.IsCompleted)
            {
                TimeOut();
                return;
            }

            network.Pump.After(fate.AnswerTicks, caller, () =>
            {
                if (refusal is null)
                {
                    _answer.TrySetResult(answer);
                }
                else
                {
                    _answer.TrySetException(refusal);
                }
            });
        }

        private void TimeOut()
        {
            if (!_isTimed)
            {
                _isTimed = true;
                network.Pump.After(_sentAt + caller.CallTicks - network.Pump.Now, caller, () =>
                {
                    if (!_answer.Task.IsCompleted)
                    {
                        _answer.TrySetException(new TimeoutException($"{message.Name} to {target.Name} was not answered in time."));
                    }
                });
            }
        }
    }

}
