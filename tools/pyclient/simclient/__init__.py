"""A client of sim, written from msgdef/PROTOCOL.md to prove that page.

Python's standard library and the package cryptography (Debian:
python3-cryptography) are all it needs. It is made to be read and to test with,
not for production: ML-KEM in Python is slow, and its time tells secrets.

The numbers in comments are sections of the page. Nothing here but loop.py
touches a socket or a clock:

    wire messages frames                     bytes and messages (7, 8, 20)
    noise mlkem certificate handshake        the handshake (3, 4)
    keyschedule records connection           keys, records, login (5, 6, 9)
    inbox outbox state client                sending and receiving (10 to 15)
    loop driver                              sockets; a client under command
    known_answers                            checks msgdef/vectors (18)
"""
