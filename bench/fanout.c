/*
 * fanout PORT SOURCE_PORT: a bare C fan-out, the minimum of work, for comparison with stillstream.
 *
 * Reads multipart JPEGs from http://127.0.0.1:SOURCE_PORT/ and sends each to all clients of PORT:
 * one thread, one part built per frame, non-blocking sends, whole frames dropped for clients that
 * are behind (see viewers.h).
 */
#include "viewers.h"

static char buffer[4 << 20];
static size_t held;
static uint64_t frames;

static int connect_source(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	static const char REQUEST[] = "GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect to the source");
	if (send(fd, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL) < 0) fail("send to the source");
	return fd;
}

/* Publishes one complete frame from the buffer, if there is one. */
static bool take_frame(void)
{
	char *length = memmem(buffer, held, "Content-Length: ", 16);
	if (!length) return false;
	char *body = memmem(length, held - (size_t)(length - buffer), "\r\n\r\n", 4);
	if (!body) return false;
	body += 4;
	size_t size = strtoul(length + 16, NULL, 10);
	if ((size_t)(body - buffer) + size > held) return false;
	char *jpeg;
	struct part *part = new_part(++frames, size, &jpeg);
	memcpy(jpeg, body, size);
	held -= (size_t)(body - buffer) + size;
	memmove(buffer, body + size, held);
	publish(part);
	return true;
}

static void read_source(int fd)
{
	ssize_t n = recv(fd, buffer + held, sizeof buffer - held, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN)) fail("recv from the source");
	if (n > 0) held += (size_t)n;
	while (take_frame()) continue;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: fanout PORT SOURCE_PORT\n");
		return 2;
	}
	serve(atoi(argv[1]));
	int source = connect_source(atoi(argv[2])), source_marker;
	watch(source, EPOLLIN, &source_marker);
	for (;;) {
		struct epoll_event events[256];
		int n = epoll_wait(poller, events, 256, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL) accept_viewers();
			else if (events[i].data.ptr == &source_marker) read_source(source);
			else viewer_event(events[i].data.ptr, events[i].events);
		}
	}
}
