import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { test } from "node:test";
import {
  type Connection,
  Connections,
  type ConnectionsOptions,
  exemptFromEviction,
} from "../../../src/http/limits/connections.ts";

/** The part of a socket that counts; its close follows at once. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress = "10.0.0.1";
  destroyed = false;

  constructor(remoteAddress: string, remotePort: number) {
    super();
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

const [ONE, TWO, THREE] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];

function connectionsOf(options: Partial<ConnectionsOptions> = {}) {
  const reached: string[] = [];
  const connections = new Connections({
    max: 5,
    onLimitReached: (limit, address) => reached.push(`${limit} ${address}`),
    ...options,
  });
  let port = 1000;
  const open = (address: string) => {
    const socket = new FakeSocket(address, port++) as unknown as Socket;
    return { socket, limit: connections.admit(socket) };
  };
  /** Begins a request, and returns how to end it. */
  const request = (socket: Socket, isRefused = false) => {
    const response = new EventEmitter() as unknown as ServerResponse;
    connections.beginRequest(connections.of(socket) as Connection, response, isRefused);
    return { response, end: () => response.emit("close") };
  };
  return { connections, reached, open, request };
}

test("an address may have half of all connections, rounded up, and then loses the one idle for longest", () => {
  const { connections, reached, open } = connectionsOf();
  assert.equal(connections.maxPerAddress, 3);
  const [first, second, third, fourth] = [open(ONE), open(ONE), open(ONE), open(ONE)];
  assert.deepEqual(
    [first, second, third, fourth].map(({ socket }) => socket.destroyed),
    [true, false, false, false],
  );
  assert.equal(connections.count, 3);
  assert.deepEqual(reached, []);
});

test("a busy connection is evicted after idle ones, and one that carries a stream never", () => {
  const { reached, open, request } = connectionsOf();
  const [first, second, third] = [open(ONE), open(ONE), open(ONE)];
  request(first.socket);
  exemptFromEviction(third.socket);
  open(ONE);
  assert.ok(second.socket.destroyed && !first.socket.destroyed);
  open(ONE);
  assert.ok(!first.socket.destroyed);
  const [busy] = [open(ONE)];
  request(busy.socket);
  for (let count = 0; count < 3; count++) open(ONE);
  assert.ok(!third.socket.destroyed);
  assert.deepEqual(reached, []);
});

test("if all of an address carry streams, it gets no other", () => {
  const { reached, open, request, connections } = connectionsOf();
  const sockets = [open(ONE), open(ONE), open(ONE)].map(({ socket }) => socket);
  for (const socket of sockets) exemptFromEviction(socket, request(socket).response);
  assert.equal(open(ONE).limit, "connections-of-address");
  assert.deepEqual(reached, [`connections-of-address ${ONE}`]);
  assert.equal(connections.count, 3);
});

test("a connection whose stream has ended is evicted again", () => {
  const { open, request } = connectionsOf();
  const streams = [open(ONE), open(ONE), open(ONE)].map(({ socket }) => {
    const { response, end } = request(socket);
    exemptFromEviction(socket, response);
    return { socket, end };
  });
  streams[1]?.end();
  assert.equal(open(ONE).limit, undefined);
  assert.deepEqual(
    streams.map(({ socket }) => socket.destroyed),
    [false, true, false],
  );
});

test("a refused request does not delay the eviction, another does", () => {
  for (const isRefused of [true, false]) {
    const { open, request } = connectionsOf();
    const [first, second] = [open(ONE), open(ONE), open(ONE)];
    const { end } = request(first.socket, isRefused);
    end();
    open(ONE);
    assert.deepEqual([first.socket.destroyed, second.socket.destroyed], [isRefused, !isRefused]);
  }
});

test("a connection knows its requests, and the response of the last one until that ends", () => {
  const { connections, open, request } = connectionsOf();
  const { socket } = open(ONE);
  const [first, second] = [request(socket), request(socket)];
  const connection = connections.of(socket);
  assert.deepEqual([connection?.openRequests, connection?.response], [2, second.response]);
  first.end();
  assert.deepEqual([connection?.openRequests, connection?.response], [1, second.response]);
  second.end();
  assert.deepEqual([connection?.openRequests, connection?.response], [0, undefined]);
});

test("if all connections are in use, the address with the most loses an idle one, else its newest", () => {
  const { connections, reached, open } = connectionsOf();
  const ones = [open(ONE), open(ONE), open(ONE)].map(({ socket }) => socket);
  const twos = [open(TWO), open(TWO)].map(({ socket }) => socket);
  assert.equal(open(THREE).limit, undefined);
  assert.deepEqual(
    [...ones, ...twos].map(({ destroyed }) => destroyed),
    [true, false, false, false, false],
  );
  ones.push(open(ONE).socket);
  assert.ok(ones[1]?.destroyed, "equals lose none, so it is its own");
  for (const socket of [...ones, ...twos]) exemptFromEviction(socket);
  const { connections: full, open: openFull, reached: told } = connectionsOf();
  const streams = [ONE, ONE, ONE, TWO, TWO].map((address) => openFull(address).socket);
  for (const socket of streams) exemptFromEviction(socket);
  const third = openFull(THREE);
  assert.equal(third.limit, undefined);
  exemptFromEviction(third.socket);
  assert.deepEqual(
    streams.map(({ destroyed }) => destroyed),
    [false, false, true, false, false],
  );
  assert.deepEqual(told, [`connections-given-up ${ONE}`]);
  assert.equal(openFull(TWO).limit, "connections");
  assert.deepEqual([full.count, connections.count], [5, 5]);
  assert.deepEqual(reached, []);
});

test("a trusted proxy may have all connections, and loses none to others", () => {
  const { reached, open } = connectionsOf({
    trust: (address) => address === ONE,
    arrivals: { perSecond: 1, burst: 1 },
  });
  const sockets = [1, 2, 3, 4, 5].map(() => open(ONE).socket);
  assert.ok(sockets.every(({ destroyed }) => !destroyed));
  for (const socket of sockets) exemptFromEviction(socket);
  assert.equal(open(TWO).limit, "connections");
  assert.equal(open(ONE).limit, "connections");
  assert.deepEqual(reached, [`connections ${TWO}`, `connections ${ONE}`]);
});

test("an exempt network may have all connections, and others come no faster than their rate", () => {
  const { reached, open } = connectionsOf({
    isExempt: (network) => network === ONE,
    arrivals: { perSecond: 1, burst: 4 },
  });
  const sockets = [1, 2, 3, 4].map(() => open(ONE).socket);
  assert.ok(sockets.every(({ destroyed }) => !destroyed));
  assert.equal(open(ONE).limit, "arrivals");
  assert.deepEqual(reached, [`arrivals ${ONE}`]);
});

test("a connection is admitted once, and counts until it closes", () => {
  const { connections, open } = connectionsOf();
  const { socket } = open(ONE);
  assert.equal(connections.admit(socket), undefined);
  assert.equal(connections.count, 1);
  const secure = new FakeSocket(ONE, 1000) as unknown as Socket;
  connections.setTlsSocket(secure);
  assert.equal(connections.of(secure), connections.of(socket));
  connections.setTlsSocket(new FakeSocket(TWO, 1000) as unknown as Socket);
  socket.destroy();
  assert.equal(connections.count, 0);
});

test("over TLS a stream of the socket on top keeps the connection", () => {
  const { connections, open } = connectionsOf();
  const sockets = [open(ONE), open(ONE), open(ONE)].map(({ socket }) => socket);
  const secure = new FakeSocket(ONE, 1000) as unknown as Socket;
  connections.setTlsSocket(secure);
  exemptFromEviction(secure);
  open(ONE);
  assert.deepEqual(
    sockets.map(({ destroyed }) => destroyed),
    [false, true, false],
  );
});
