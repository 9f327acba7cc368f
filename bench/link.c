/*
 * link PORT PATH RATE:SECONDS...: one viewer of an MJPEG stream on 127.0.0.1 behind a slow link.
 * The link carries RATE bytes per second (0 is no limit) for SECONDS, then the next RATE.
 *
 * Reads in pieces of 5 ms and no more even after a pause, like load.c. Prints a line for each whole
 * frame: seconds since the connection, its age in ms by its X-Timestamp, and its bytes, width and
 * height.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 5000000LL
#define MAX_HELD (32 << 20)

static char held[MAX_HELD + 1];
static size_t count;
static bool streaming;
static double began;

static double now_s(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *why)
{
	fprintf(stderr, "link: %s\n", why);
	exit(1);
}

/* The size in a JPEG's frame header (T.81, B.2.2). */
static void size_of(const unsigned char *jpeg, size_t length, int *width, int *height)
{
	for (size_t at = 2; at + 9 < length && jpeg[at] == 0xff;) {
		if (jpeg[at + 1] >= 0xc0 && jpeg[at + 1] <= 0xc2) {
			*height = jpeg[at + 5] << 8 | jpeg[at + 6];
			*width = jpeg[at + 7] << 8 | jpeg[at + 8];
			return;
		}
		at += 2 + (size_t)(jpeg[at + 2] << 8 | jpeg[at + 3]);
	}
}

static void drop(size_t bytes)
{
	count -= bytes;
	memmove(held, held + bytes, count + 1);
}

/* Takes a whole part from what is held; false when there is none. */
static bool take_part(void)
{
	char *end = strstr(held, "\r\n\r\n");
	if (!end) return false;
	if (!streaming) {
		if (strncmp(held + 8, " 200", 4)) fail("not 200");
		streaming = true;
		drop((size_t)(end + 4 - held));
		return true;
	}
	char *length = strcasestr(held, "content-length:"), *stamp = strcasestr(held, "x-timestamp:");
	if (!length || length > end) fail("a part without its length");
	size_t size = strtoul(length + 15, NULL, 10), head = (size_t)(end + 4 - held);
	if (count < head + size) return false;
	if (stamp && stamp < end) {
		int width = 0, height = 0;
		size_of((unsigned char *)held + head, size, &width, &height);
		double age = (now_s(CLOCK_REALTIME) - atof(stamp + 12)) * 1000;
		printf("%.3f %.1f %zu %d %d\n", now_s(CLOCK_MONOTONIC) - began, age, size, width, height);
		fflush(stdout);
	}
	drop(head + size);
	return true;
}

static void run(int fd, double rate, double until)
{
	while (now_s(CLOCK_MONOTONIC) < until) {
		struct timespec t;
		clock_gettime(CLOCK_MONOTONIC, &t);
		int64_t next = (((int64_t)t.tv_sec * 1000000000 + t.tv_nsec) / TICK_NS + 1) * TICK_NS;
		struct timespec at = { next / 1000000000, next % 1000000000 };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		size_t budget = rate > 0 ? (size_t)(rate * TICK_NS / 1e9) : MAX_HELD;
		while (budget > 0) {
			size_t room = MAX_HELD - count;
			ssize_t n = recv(fd, held + count, budget < room ? budget : room, MSG_DONTWAIT);
			if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) fail("the connection ended");
			if (n < 0) break;
			count += (size_t)n;
			held[count] = 0;
			budget -= (size_t)n;
			while (take_part()) continue;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc < 4) fail("usage: link PORT PATH RATE:SECONDS...");
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("cannot connect");
	dprintf(fd, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nAccept: */*\r\n\r\n", argv[2], argv[1]);
	double until = began = now_s(CLOCK_MONOTONIC);
	for (int i = 3; i < argc; i++) {
		double rate, seconds;
		if (sscanf(argv[i], "%lf:%lf", &rate, &seconds) != 2) fail("a link is RATE:SECONDS");
		run(fd, rate, until += seconds);
	}
	return 0;
}
