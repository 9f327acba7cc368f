/*
 * source PORT FPS FILE...: the camera of the bench, as multipart JPEG over HTTP on 127.0.0.1.
 *
 * Sends the files in a loop at FPS. Each has a COM segment after SOI, written when it is sent:
 * "ts=<CLOCK_REALTIME in ns> n=<frame number>", by which load.c knows its age and skipped frames.
 */
#include "viewers.h"
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

struct file {
	size_t length;
	char *bytes;
};

static struct file slurp(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &status) < 0) fail(path);
	struct file file = { (size_t)status.st_size, malloc((size_t)status.st_size) };
	if (read(fd, file.bytes, file.length) != (ssize_t)file.length) fail(path);
	close(fd);
	return file;
}

static void send_frame(const struct file *file, uint64_t number)
{
	struct timespec now;
	char stamp[64] = "\xff\xd8\xff\xfe"; /* SOI, COM, two bytes of length (inclusive) */
	clock_gettime(CLOCK_REALTIME, &now);
	int text = sprintf(stamp + 6, "ts=%lld n=%llu", (long long)now.tv_sec * 1000000000 + now.tv_nsec, (unsigned long long)number);
	stamp[5] = (char)(text + 2);
	size_t head = 6 + (size_t)text;
	char *jpeg;
	struct part *part = new_part(number, head + file->length - 2, &jpeg);
	memcpy(jpeg, stamp, head);
	memcpy(jpeg + head, file->bytes + 2, file->length - 2);
	publish(part);
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: source PORT FPS FILE...\n");
		return 2;
	}
	int count = argc - 3, clock_marker;
	struct file *files = calloc((size_t)count, sizeof *files);
	for (int i = 0; i < count; i++) files[i] = slurp(argv[3 + i]);
	/* It shares its core with the load client, which must not delay it. */
	setpriority(PRIO_PROCESS, 0, -15);
	serve(atoi(argv[1]));
	long interval = (long)(1e9 / atof(argv[2]));
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct itimerspec every = { { interval / 1000000000, interval % 1000000000 }, { 0, 1 } };
	timerfd_settime(timer, 0, &every, NULL);
	watch(timer, EPOLLIN, &clock_marker);
	for (uint64_t number = 0;;) {
		struct epoll_event events[16];
		int n = epoll_wait(poller, events, 16, -1);
		for (int i = 0; i < n; i++) {
			uint64_t ticks;
			if (events[i].data.ptr == NULL) accept_viewers();
			else if (events[i].data.ptr != &clock_marker) viewer_event(events[i].data.ptr, events[i].events);
			else if (read(timer, &ticks, sizeof ticks) == sizeof ticks) {
				number++; /* only sent frames are numbered: a tick missed here is not the server's loss */
				send_frame(&files[number % (uint64_t)count], number);
			}
		}
	}
}
