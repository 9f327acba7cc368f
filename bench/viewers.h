/*
 * viewers.h: a minimal epoll server of multipart JPEGs for many clients, for source.c and fanout.c.
 *
 * A part is built once per frame and shared by all. Each viewer holds at most the part being sent;
 * a viewer that is behind gets the newest part when it is ready again: whole frames are dropped,
 * and nothing queues. The bytes are those of stillstream's "length" framing, so that the kernel
 * does the same work for both.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char RESPONSE[] =
	"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n"
	"Cache-Control: no-store, no-cache, must-revalidate, max-age=0\r\nConnection: close\r\n\r\n--frame\r\n";
static const char TRAILER[] = "\r\n--frame\r\n";

struct part {
	int uses;
	uint64_t number;
	size_t length;
	char bytes[];
};

struct viewer {
	int fd;
	bool watching;
	uint64_t last;     /* number of the newest part it was given */
	struct part *part; /* being sent, or NULL */
	size_t sent;
	size_t index;
};

static int poller, listener;
static struct viewer **viewers;
static size_t viewer_count, viewer_room;
static struct part *latest;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void watch(int fd, uint32_t events, void *who)
{
	struct epoll_event event = { .events = events, .data.ptr = who };
	if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

static void release(struct part *part)
{
	if (part && --part->uses == 0) free(part);
}

static void leave(struct viewer *v)
{
	close(v->fd);
	release(v->part);
	viewers[v->index] = viewers[--viewer_count];
	viewers[v->index]->index = v->index;
	free(v);
}

/* Sends until the socket is full or there is no newer part. Returns false if the viewer is gone. */
static bool pump(struct viewer *v)
{
	for (;;) {
		if (!v->part) {
			if (!latest || latest->number <= v->last) return true;
			v->part = latest;
			v->part->uses++;
			v->last = latest->number;
			v->sent = 0;
		}
		ssize_t n = send(v->fd, v->part->bytes + v->sent, v->part->length - v->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) return errno == EAGAIN || errno == EINTR;
		v->sent += (size_t)n;
		if (v->sent < v->part->length) continue;
		release(v->part);
		v->part = NULL;
	}
}

/* Takes the first bytes for the whole request: the bench is the only client. */
static void viewer_event(struct viewer *v, uint32_t events)
{
	char request[2048];
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
		ssize_t n;
		while ((n = recv(v->fd, request, sizeof request, MSG_DONTWAIT)) > 0) {
			if (v->watching) continue;
			v->watching = true;
			v->last = latest ? latest->number : 0; /* from now on: an old frame would count as late */
			if (send(v->fd, RESPONSE, sizeof RESPONSE - 1, MSG_NOSIGNAL) < 0) n = 0;
		}
		if (n == 0 || (n < 0 && errno != EAGAIN)) {
			leave(v);
			return;
		}
	}
	if (v->watching && !pump(v)) leave(v);
}

static void accept_viewers(void)
{
	int fd, on = 1;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		struct viewer *v = calloc(1, sizeof *v);
		if (viewer_count == viewer_room) viewers = realloc(viewers, (viewer_room = viewer_room * 2 + 64) * sizeof *viewers);
		v->fd = fd;
		v->index = viewer_count;
		viewers[viewer_count++] = v;
		watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, v);
	}
}

/*
 * Gives all viewers a new part; a viewer that is still sending gets the newest when done. A dead
 * viewer is shut down here and freed at its next event: the current batch may still refer to it.
 */
static void publish(struct part *part)
{
	release(latest);
	latest = part;
	for (size_t i = 0; i < viewer_count; i++)
		if (viewers[i]->watching && !viewers[i]->part && !pump(viewers[i])) shutdown(viewers[i]->fd, SHUT_RDWR);
}

/* A part for a JPEG of `length` bytes; *jpeg is where they go. */
static struct part *new_part(uint64_t number, size_t length, char **jpeg)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	struct part *part = malloc(sizeof *part + length + 256);
	int head = sprintf(part->bytes, "Content-Type: image/jpeg\r\nContent-Length: %zu\r\nX-Timestamp: %lld.%06ld\r\n\r\n",
		length, (long long)now.tv_sec, now.tv_nsec / 1000);
	*jpeg = part->bytes + head;
	memcpy(*jpeg + length, TRAILER, sizeof TRAILER - 1);
	part->length = (size_t)head + length + sizeof TRAILER - 1;
	part->number = number;
	part->uses = 1;
	return part;
}

/* Listens on 127.0.0.1; the listener's events carry NULL. */
static void serve(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;
	signal(SIGPIPE, SIG_IGN);
	poller = epoll_create1(EPOLL_CLOEXEC);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
	if (listen(listener, 4096) < 0) fail("listen");
	watch(listener, EPOLLIN, NULL);
}
