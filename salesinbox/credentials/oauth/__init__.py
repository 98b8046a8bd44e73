"""Logging in by OAuth 2.0 (ACC-5): the rep says yes once, and tokens are asked for from then on.

    login       the one time: a browser that comes back to this machine, an address that is pasted, or a device code
    tokens      from then on: access tokens, and what the end of a login means
    endpoints   where the providers are asked, and for what
    listener    what the browser comes back to
    asking      one question to a provider, over TLS, and its answer taken apart
    refusals    a provider's refusal in words

The protocol is oauthlib's and the line is requests'; both are loaded only where something is asked.
"""
