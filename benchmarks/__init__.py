"""What the service costs, measured beside nginx (a proxy that parses nothing) and LiteLLM, in one run.

    __main__   options, rounds          servers    what is measured          json_requests, chunks, streams, idle_streams,
    results    figures, ratios, tables  upstream   who answers behind it     latency, start_up, installed: one file each
                                        load       who asks

The server under test has core 0 to itself; those who ask and those who answer share core 1.
"""
