/*
 * load PORT PATH VIEWERS WARMUP SECONDS [RATE [STAMPS]]: many viewers of one MJPEG stream on
 * 127.0.0.1, in one epoll thread.
 *
 * Reads each part by its Content-Length, and of the JPEG only the COM segment after SOI
 * ("ts=<CLOCK_REALTIME ns> n=<number>"). The kernel discards the rest (MSG_TRUNC), so that the
 * reader adds little to what it measures. WARMUP seconds after all viewers have a frame, it prints
 * the line "measuring"; SECONDS later "measured" and one line of JSON. Latency is from the
 * timestamp to the complete frame, in ms. A frame is skipped if a viewer never saw its number.
 *
 * RATE: bytes per second that each viewer reads, in pieces of 5 ms and no more even after a pause,
 * like a reader on a slow link. 0 is no limit.
 *
 * STAMPS: "camera" reads the COM segment. "server" is for frames that were encoded again and lost
 * it: it uses the part's X-Timestamp, and numbers the frames of each viewer itself, so it cannot
 * tell which were skipped.
 *
 * load PORT PATH first: connects until it succeeds, and prints the time (ms since 1970) of the
 * first complete frame.
 */
#include "samples.h"
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define TICK_NS 5000000LL
#define FIRST_FRAME_NS 20000000000LL
#define NO_BUDGET SIZE_MAX

struct viewer {
	int fd;
	bool streaming;      /* the response's head has been read */
	bool after_part;     /* a boundary must follow: proof that the lengths are right */
	size_t held;         /* bytes in head */
	size_t rest;         /* of the JPEG, still to come */
	int64_t stamp, number, last;
	char head[1024];
};

static int poller;
static bool server_stamps;

/* Why a stream could not be read; the viewer's socket is then closed. */
static bool give_up(struct viewer *v, const char *why)
{
	if (failed++ == 0) fprintf(stderr, "load: %s: %.60s\n", why, v->held ? v->head : "");
	close(v->fd);
	v->fd = -1;
	return false;
}

static void complete(struct viewer *v)
{
	record(v->stamp, v->number, v->last, now_ns(CLOCK_REALTIME));
	if (v->number > v->last) v->last = v->number;
	v->after_part = true;
}

/* Reads X-Timestamp in a head that ends at `end`; the same value means the same frame. */
static void read_timestamp(struct viewer *v, const char *end)
{
	const char *line = strcasestr(v->head, "x-timestamp:");
	long long seconds, micros;
	if (!line || line > end || sscanf(line + 12, "%lld.%6lld", &seconds, &micros) != 2) {
		v->number = v->last, unstamped += measuring;
		return;
	}
	int64_t stamp = (seconds * 1000000 + micros) * 1000;
	v->number = stamp == v->stamp ? v->last : v->last + 1;
	v->stamp = stamp;
}

/* Parses v->head: the response's head, then each part's up to the timestamp. False: needs more. */
static bool parse(struct viewer *v)
{
	v->head[v->held] = 0;
	char *end = strstr(v->head, "\r\n\r\n");
	if (!v->streaming) {
		if (!end) return false;
		if (strncmp(v->head, "HTTP/1.", 7) || strncmp(v->head + 8, " 200", 4)) return give_up(v, "not 200");
		end += 4;
		v->streaming = true;
		v->held -= (size_t)(end - v->head);
		memmove(v->head, end, v->held);
		return v->held > 0;
	}
	if (v->after_part && v->held >= 4 && memcmp(v->head, "\r\n--", 4)) return give_up(v, "no boundary after a part");
	if (!end) return v->held < sizeof v->head - 1 ? false : give_up(v, "part without end of headers");
	char *length = strcasestr(v->head, "content-length:");
	if (!length || length > end) return give_up(v, "part without Content-Length");
	size_t size = strtoul(length + 15, NULL, 10), begin = (size_t)(end + 4 - v->head), have = v->held - begin;
	if (have < size && have < 64) return false; /* the stamp is in the first 64 bytes */
	if (server_stamps) read_timestamp(v, end);
	else if (!read_stamp(end + 4, have, &v->stamp, &v->number)) v->number = v->last, unstamped += measuring;
	size_t taken = have < size ? have : size;
	v->rest = size - taken;
	v->held = have - taken;
	memmove(v->head, v->head + begin + taken, v->held);
	if (v->rest == 0) complete(v);
	return v->held > 0;
}

/* Reads until the socket is empty or `budget` bytes are taken. */
static void take(struct viewer *v, size_t budget)
{
	while (v->fd >= 0 && budget > 0) {
		bool skipping = v->rest > 0;
		size_t want = skipping ? v->rest : sizeof v->head - 1 - v->held;
		if (want > budget) want = budget;
		ssize_t n = recv(v->fd, skipping ? NULL : v->head + v->held, want, MSG_DONTWAIT | (skipping ? MSG_TRUNC : 0));
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) give_up(v, "connection ended");
		if (n <= 0) return;
		bytes += measuring ? n : 0;
		budget -= budget == NO_BUDGET ? 0 : (size_t)n;
		if (skipping) {
			if ((v->rest -= (size_t)n) == 0) complete(v);
		} else {
			v->held += (size_t)n;
			while (parse(v)) continue;
		}
		if ((size_t)n < want) return;
	}
}

static bool open_stream(struct viewer *v, int port, const char *path)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char request[512];
	int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\n\r\n", path, port);
	*v = (struct viewer){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .last = -1 };
	if (v->fd >= 0 && connect(v->fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	    send(v->fd, request, (size_t)length, MSG_NOSIGNAL) == length) return true;
	if (v->fd >= 0) close(v->fd);
	v->fd = -1;
	return false;
}

static int first_frame(int port, const char *path)
{
	struct viewer v = { .fd = -1, .last = -1 };
	int64_t give_up_at = now_ns(CLOCK_MONOTONIC) + FIRST_FRAME_NS;
	while (now_ns(CLOCK_MONOTONIC) < give_up_at) {
		if (v.fd < 0 && !open_stream(&v, port, path)) usleep(500);
		else take(&v, NO_BUDGET);
		if (v.last >= 0) return printf("{\"at\":%.3f}\n", (double)now_ns(CLOCK_REALTIME) / 1e6) < 0;
		usleep(200);
	}
	fprintf(stderr, "load: no frame within %lld s\n", FIRST_FRAME_NS / 1000000000);
	return 1;
}

/* Lets all viewers read until `until` (CLOCK_MONOTONIC ns), or until each has a frame. */
static void run(struct viewer *viewers, int count, int64_t rate, int64_t until, bool all_have_one)
{
	for (int64_t now; (now = now_ns(CLOCK_MONOTONIC)) < until;) {
		if (rate) {
			int64_t next = (now / TICK_NS + 1) * TICK_NS;
			struct timespec at = { next / 1000000000, next % 1000000000 };
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
			for (int i = 0; i < count; i++) take(&viewers[i], (size_t)(rate * TICK_NS / 1000000000));
		} else {
			struct epoll_event events[256];
			int n = epoll_wait(poller, events, 256, 20);
			for (int i = 0; i < n; i++) take(events[i].data.ptr, NO_BUDGET);
		}
		if (!all_have_one) continue;
		int ready = 0;
		while (ready < count && (viewers[ready].fd < 0 || viewers[ready].last >= 0)) ready++;
		if (ready == count) return;
	}
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && !strcmp(argv[3], "first")) return first_frame(atoi(argv[1]), argv[2]);
	if (argc < 6) {
		fprintf(stderr, "usage: load PORT PATH VIEWERS WARMUP SECONDS [RATE [STAMPS]] | load PORT PATH first\n");
		return 2;
	}
	int count = atoi(argv[3]);
	int64_t rate = argc > 6 ? atoll(argv[6]) : 0;
	server_stamps = argc > 7 && !strcmp(argv[7], "server");
	struct viewer *viewers = calloc((size_t)count, sizeof *viewers);
	poller = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &viewers[i] };
		if (!open_stream(&viewers[i], atoi(argv[1]), argv[2])) failed++;
		else epoll_ctl(poller, EPOLL_CTL_ADD, viewers[i].fd, &event);
		if (!rate && i % 16 == 0) run(viewers, i + 1, 0, now_ns(CLOCK_MONOTONIC) + 2000000, false);
	}
	run(viewers, count, rate, now_ns(CLOCK_MONOTONIC) + FIRST_FRAME_NS, true);
	run(viewers, count, rate, now_ns(CLOCK_MONOTONIC) + (int64_t)(atof(argv[4]) * 1e9), false);
	start_measuring();
	run(viewers, count, rate, now_ns(CLOCK_MONOTONIC) + (int64_t)(atof(argv[5]) * 1e9), false);
	if (!server_stamps)
		for (int i = 0; i < count; i++) count_missing(viewers[i].last);
	report(count);
	return 0;
}
