"""What is known about Telnyx: literals, each with its source and its evidence.

Evidence, best first: `spec` (OpenAPI document, SDK types), `docs` (Telnyx's pages), `observed` (published captures of
real traffic), `reported` (consumer code, issue threads), `assumed` (nobody says; a reasoned default).
"""
