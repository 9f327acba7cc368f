"""Sends messages as many small programs do: udp_message_client.py PORT JSON...

Prints a line of JSON for each answer.
"""
import json
import socket
import sys

port, *values = sys.argv[1:]
send_msg = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for value in values:
    data_str = json.dumps(json.loads(value))
    send_msg.sendto(data_str.encode(), ("127.0.0.1", int(port)))
    print(json.dumps({"answer": send_msg.recv(1024).decode("utf-8")}), flush=True)
