/* samples.h: what load.c counts between start_measuring() and report(). */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static bool measuring;
static int64_t frames, bytes, skipped, repeated, unstamped, failed, newest = -1, started_at;
static double started_cpu;
static float *samples; /* ms */
static size_t sample_count, sample_room;

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* This process's CPU time in seconds: shows whether the measurer itself was the bottleneck. */
static double own_cpu(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Finds "ts=<ns> n=<number>" in a COM segment right behind SOI. */
static bool read_stamp(const char *jpeg, size_t length, int64_t *stamp, int64_t *number)
{
	char text[59];
	size_t size = length > 6 ? (size_t)(unsigned char)jpeg[5] - 2 : 0;
	if (length < 6 || memcmp(jpeg, "\xff\xd8\xff\xfe\0", 5) || size >= sizeof text || size > length - 6) return false;
	memcpy(text, jpeg + 6, size);
	text[size] = 0;
	long long ts, n;
	if (sscanf(text, "ts=%lld n=%lld", &ts, &n) != 2) return false;
	*stamp = ts;
	*number = n;
	return true;
}

/* A frame is complete at a viewer whose last was number `last`, or -1. */
static void record(int64_t stamp, int64_t number, int64_t last, int64_t now)
{
	if (number > newest) newest = number;
	if (!measuring) return;
	if (number == last) {
		repeated++;
		return;
	}
	frames++;
	if (last >= 0 && number > last + 1) skipped += number - last - 1;
	if (sample_count == sample_room) samples = realloc(samples, (sample_room = sample_room * 2 + 65536) * sizeof *samples);
	samples[sample_count++] = (float)((double)(now - stamp) / 1e6);
}

/* Flushes at once: the parent process reads the server's CPU time at these two moments. */
static void announce(const char *moment)
{
	printf("%s\n", moment);
	fflush(stdout);
}

static void start_measuring(void)
{
	measuring = true;
	started_at = now_ns(CLOCK_MONOTONIC);
	started_cpu = own_cpu();
	announce("measuring");
}

/* Frames a viewer at number `last` never got: one may be on its way, the others are lost. */
static void count_missing(int64_t last)
{
	if (last >= 0 && newest > last + 1) skipped += newest - last - 1;
}

static int ascending(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

static double quantile(double q)
{
	return sample_count ? (double)samples[(size_t)(q * (double)(sample_count - 1))] : -1;
}

static void report(int viewers)
{
	announce("measured");
	double seconds = (double)(now_ns(CLOCK_MONOTONIC) - started_at) / 1e9, cpu = own_cpu() - started_cpu;
	qsort(samples, sample_count, sizeof *samples, ascending);
	printf("{\"viewers\":%d,\"failed\":%lld,\"frames\":%lld,\"bytes\":%lld,\"seconds\":%.4f,\"skipped\":%lld,\"repeated\":%lld,"
	       "\"unstamped\":%lld,\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"clientCpu\":%.3f}\n",
		viewers, (long long)failed, (long long)frames, (long long)bytes, seconds, (long long)skipped, (long long)repeated,
		(long long)unstamped, quantile(0.5), quantile(0.95), quantile(0.99), quantile(1), cpu);
}
