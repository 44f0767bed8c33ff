"""Programs around foreign OCPP libraries. Each obeys one language, so that every test can drive every client.

    PROGRAM URL IDENTITY [PASSWORD]

Commands, one a line on stdin; each makes a record that waits its turn and is sent until it is answered:

    boot | heartbeat | status CONNECTOR STATUS | authorize TAG
    start CONNECTOR TAG WH | meter WH W SOC | stop WH [REASON]
    call ACTION JSON    any other call
    reconnect           drop the socket; the client comes back by itself
    quit                drop the socket and end

What happens, one JSON value a line on stdout: every frame as it crosses the wire as {"sent": frame} or
{"received": frame}, and {"event": "connected" | "disconnected"}. Orders of the server are obeyed as a charger would:
a remote start starts, a remote stop stops, a reset reconnects and boots again, a trigger sends what was asked for.
"""
