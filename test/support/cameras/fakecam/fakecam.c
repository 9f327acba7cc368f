/*
 * fakecam: an LD_PRELOAD shim that makes one or two paths look like V4L2 webcams
 * (MJPG + YUYV, MMAP i/o).
 *
 *   FAKECAM_DEV=/dev/video0 FAKECAM_DIR=frames LD_PRELOAD=./fakecam.so v4l2-ctl --all
 *
 * Opening the path returns a real timerfd, so select, poll and epoll work in the kernel. Like a
 * capture device, the descriptor is never writable. The shim answers ioctl and mmap on it. A thread
 * per stream fills the oldest queued buffer when a frame is due, and drops the frame if none is
 * queued. A small shared file, FAKECAM_STATE, keeps what outlives a process on a real device:
 * format, frame rate, controls, "unplugged until". scandir lists the path among its folder's files.
 * README.md lists the settings; faults.h has the faults.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#if __has_include(<jpeglib.h>)
#include <jpeglib.h>
#include <setjmp.h>
#define HAVE_JPEG 1
#endif

#define EXPORT __attribute__((visibility("default")))
#define MAX_FD 65536
#define MAX_SIZES 16
#define MAX_BUFS 32
#define MAX_DEVS 2
#define STATE_MAGIC 0x66616b65u
#define NS 1000000000LL

/* ---- the C library's own functions ---- */

static void *next_of(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);
	if (!f) {
		dprintf(2, "fakecam: no %s in the C library\n", name);
		abort();
	}
	return f;
}
#define REAL(name) \
	({ \
		static __typeof__(&name) real_##name; \
		if (!real_##name) real_##name = (__typeof__(&name))next_of(#name); \
		real_##name; \
	})

#include "frames.h"

#include "faults.h"
#include "controls.h"

/* ---- settings and state ---- */

/* What a real driver keeps between opens; all processes with the same FAKECAM_STATE share it. */
struct state {
	uint32_t magic, config;
	uint32_t fourcc, w, h, ival_num, ival_den;
	int32_t ctrl[NCTRLS];
	uint32_t failed; /* the EIO of FAKECAM_EIO_AFTER has been */
	uint32_t source_w, source_h; /* size of the HDMI source; 0 for a webcam */
	uint32_t timings_w, timings_h; /* what its receiver was told to expect */
	uint32_t changes; /* of the source, which every descriptor that subscribed is told of */
	_Atomic uint32_t plug; /* counts unplugs: a descriptor opened under an older count is dead */
	_Atomic int64_t back_ns; /* CLOCK_MONOTONIC time at which the device is there again */
};

struct device {
	bool on;
	char dev[PATH_MAX], state[PATH_MAX], unplug_file[PATH_MAX];
	int minor, stamp, raw; /* raw: 1 for a camera that gives no JPEGs */
	bool patient;
	uint32_t fps_num, fps_den; /* frames per second, as a fraction */
	long unplug_after, unplug_times;
	double replug_s;
	struct size sizes[MAX_SIZES];
	int nsizes;
	bool is_file, more_controls, loopback;
	struct faults faults;
	struct state *shm;
};
static struct device *_Atomic devs[MAX_DEVS];

static const uint32_t fourccs[2] = { V4L2_PIX_FMT_MJPEG, V4L2_PIX_FMT_YUYV };

/* ---- one open descriptor ---- */

struct buf {
	size_t offset;
	uint32_t used, sequence, flags;
	struct timeval ts;
	enum { IDLE, QUEUED, DONE } st;
};

struct cam {
	struct device *d;
	int fd, memfd, lockfd;
	pid_t pid;
	uint32_t plug;
	pthread_mutex_t mu;
	pthread_cond_t stop;
	pthread_t thread;
	bool streaming, quit, gone, failed;
	bool subscribed;
	uint32_t changes; /* of the source that it was told of */
	long calls;
	uint8_t *mem;
	size_t memlen, bufsize;
	struct buf bufs[MAX_BUFS];
	unsigned nbufs;
	unsigned inq[MAX_BUFS], nin, outq[MAX_BUFS], nout;
	/* the stream */
	uint32_t fourcc, w, h, ival_num, ival_den;
	struct blob *frames, *raws;
	size_t nframes, rawbytes;
	uint32_t frame;
	long delivered;
};

static struct cam *_Atomic cams[MAX_FD];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int64_t now_ns(clockid_t c)
{
	struct timespec t;
	clock_gettime(c, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

/* ---- start ---- */

static void defaults(struct device *d)
{
	d->shm->fourcc = fourccs[d->raw];
	d->shm->w = d->sizes[0].w;
	d->shm->h = d->sizes[0].h;
	d->shm->ival_num = d->fps_den;
	d->shm->ival_den = d->fps_num;
	for (int i = 0; i < NCTRLS; i++) d->shm->ctrl[i] = ctrls[i].def;
}

static void init_device(struct device *d, const char *prefix)
{
	const char *dir = setting(prefix, "DIR"), *file = setting(prefix, "FILE"), *e;
	if (!dir && !file) return;
	snprintf(d->dev, sizeof d->dev, "%s", (e = setting(prefix, "DEV")) ? e : "/dev/video0");
	size_t digits = strlen(d->dev);
	while (digits && d->dev[digits - 1] >= '0' && d->dev[digits - 1] <= '9') digits--;
	d->minor = atoi(d->dev + digits);
	d->stamp = (e = setting(prefix, "STAMP")) && atoi(e);
	d->raw = (e = setting(prefix, "RAW")) && atoi(e) == 1;
	d->patient = (e = setting(prefix, "PATIENT")) && atoi(e);
	parse_fps(setting(prefix, "FPS"), &d->fps_num, &d->fps_den);
	d->unplug_after = (e = setting(prefix, "UNPLUG_AFTER")) ? atol(e) : 0;
	d->unplug_times = (e = setting(prefix, "UNPLUG_TIMES")) ? atol(e) : 0;
	d->replug_s = (e = setting(prefix, "REPLUG_S")) ? atof(e) : 3;
	d->more_controls = setting(prefix, "MORE_CONTROLS");
	d->loopback = setting(prefix, "LOOPBACK");
	read_faults(&d->faults, prefix);
	if ((e = setting(prefix, "UNPLUG_FILE"))) snprintf(d->unplug_file, sizeof d->unplug_file, "%s", e);
	if ((e = setting(prefix, "STATE"))) snprintf(d->state, sizeof d->state, "%s", e);
	else {
		snprintf(d->state, sizeof d->state, "/dev/shm/fakecam%.1024s", d->dev);
		for (char *p = d->state + strlen("/dev/shm/"); *p; p++) if (*p == '/') *p = '-';
	}

	d->is_file = file;
	d->nsizes = find_sizes(d->is_file ? file : dir, d->is_file, d->sizes, MAX_SIZES);
	if (!d->nsizes) {
		dprintf(2, "fakecam: no JPEG in %s\n", d->is_file ? file : dir);
		return;
	}

	uint32_t config = 2166136261u;
	char key[2 * PATH_MAX];
	snprintf(key, sizeof key, "%s|%u/%u", d->is_file ? file : dir, d->fps_num, d->fps_den);
	for (char *p = key; *p; p++) config = (config ^ (uint8_t)*p) * 16777619u;
	struct state *shm;
	int fd = REAL(open)(d->state, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || flock(fd, LOCK_EX) < 0 || ftruncate(fd, sizeof *shm) < 0 ||
	    (shm = REAL(mmap)(NULL, sizeof *shm, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
		dprintf(2, "fakecam: cannot use %s: %s\n", d->state, strerror(errno));
		return;
	}
	d->shm = shm;
	if (shm->magic != STATE_MAGIC || shm->config != config) {
		shm->magic = STATE_MAGIC;
		shm->config = config;
		shm->back_ns = 0;
		if (is_hdmi(&d->faults)) {
			shm->source_w = shm->timings_w = d->sizes[0].w;
			shm->source_h = shm->timings_h = d->sizes[0].h;
		}
		defaults(d);
	}
	flock(fd, LOCK_UN); /* not left to close: the mapping keeps the file open */
	REAL(close)(fd);
	d->on = true;
}

static void init(void)
{
	static const char *const prefixes[MAX_DEVS] = { "FAKECAM_", "FAKECAM2_" };
	for (int i = 0; i < MAX_DEVS; i++) {
		struct device *d = calloc(1, sizeof *d);
		init_device(d, prefixes[i]);
		devs[i] = d; /* the one before stays: descriptors may be open */
	}
}

static void start(void)
{
	int keep = errno;
	pthread_once(&once, init);
	errno = keep;
}

/* Reads the settings of this process again, which then has other cameras. */
EXPORT void fakecam_reload(void)
{
	start();
	init();
}

/* The device that a path names, or none. */
static struct device *ours(const char *path)
{
	if (!path) return NULL;
	start();
	for (int i = 0; i < MAX_DEVS; i++) if (devs[i]->on && !strcmp(path, devs[i]->dev)) return devs[i];
	return NULL;
}

static struct cam *cam_of(int fd)
{
	return fd >= 0 && fd < MAX_FD ? cams[fd] : NULL;
}

/* ---- plugged in or not ---- */

static void unplug(struct device *d, uint32_t from, int64_t back)
{
	if (atomic_compare_exchange_strong(&d->shm->plug, &from, from + 1)) {
		d->shm->back_ns = back;
		defaults(d);
	}
}

static bool file_says_unplugged(struct device *d)
{
	return d->unplug_file[0] && REAL(access)(d->unplug_file, F_OK) == 0;
}

static bool present(struct device *d)
{
	return now_ns(CLOCK_MONOTONIC) >= d->shm->back_ns && !file_says_unplugged(d);
}

static bool dead(struct cam *c)
{
	if (file_says_unplugged(c->d) && c->plug == c->d->shm->plug) unplug(c->d, c->plug, 0);
	return c->plug != c->d->shm->plug;
}

/* ---- frames ---- */

/* The descriptor is a timerfd: "fire now" makes it readable, "disarm" makes it not. */
static void readable(struct cam *c, bool yes)
{
	struct itimerspec t = { .it_value.tv_nsec = yes };
	timerfd_settime(c->fd, TFD_TIMER_ABSTIME, &t, NULL);
}

#ifdef HAVE_JPEG
struct jerr {
	struct jpeg_error_mgr mgr;
	jmp_buf jump;
};
static void jpeg_fail(j_common_ptr j) { longjmp(((struct jerr *)j->err)->jump, 1); }
static void jpeg_quiet(j_common_ptr j) { (void)j; }

/* libjpeg is loaded only when YUYV is streamed, so that the shim itself needs nothing but libc. */
#define JPEG_FNS(X) \
	X(jpeg_std_error) X(jpeg_CreateDecompress) X(jpeg_mem_src) X(jpeg_read_header) X(jpeg_start_decompress) \
	X(jpeg_read_scanlines) X(jpeg_finish_decompress) X(jpeg_destroy_decompress)
#define X(f) static __typeof__(&f) p_##f;
JPEG_FNS(X)
#undef X
static bool jpeg_lib(void)
{
	static void *lib;
	if (!lib && (lib = dlopen("libjpeg.so.62", RTLD_NOW | RTLD_LOCAL))) {
#define X(f) if (!(p_##f = (__typeof__(&f))dlsym(lib, #f))) return false;
		JPEG_FNS(X)
#undef X
	}
	return lib != NULL;
}

static bool decode(const struct blob *src, uint32_t w, uint32_t h, uint8_t *out)
{
	struct jpeg_decompress_struct d;
	struct jerr err;
	if (!jpeg_lib()) return false;
	d.err = p_jpeg_std_error(&err.mgr);
	err.mgr.error_exit = jpeg_fail;
	err.mgr.output_message = jpeg_quiet;
	uint8_t *row = malloc(w * 3);
	if (setjmp(err.jump)) {
		p_jpeg_destroy_decompress(&d);
		free(row);
		return false;
	}
	p_jpeg_CreateDecompress(&d, JPEG_LIB_VERSION, sizeof d);
	p_jpeg_mem_src(&d, src->data, src->len);
	p_jpeg_read_header(&d, TRUE);
	d.out_color_space = JCS_YCbCr;
	d.dct_method = JDCT_IFAST;
	p_jpeg_start_decompress(&d);
	while (d.output_scanline < h && d.output_scanline < d.output_height) {
		uint8_t *p = out + (size_t)d.output_scanline * w * 2;
		p_jpeg_read_scanlines(&d, &row, 1);
		for (uint32_t x = 0; x + 1 < w; x += 2, p += 4) {
			const uint8_t *q = row + x * 3;
			p[0] = q[0];
			p[1] = (uint8_t)((q[1] + q[4]) / 2);
			p[2] = q[3];
			p[3] = (uint8_t)((q[2] + q[5]) / 2);
		}
	}
	p_jpeg_finish_decompress(&d);
	p_jpeg_destroy_decompress(&d);
	free(row);
	return true;
}
#else
static bool decode(const struct blob *src, uint32_t w, uint32_t h, uint8_t *out)
{
	(void)src, (void)w, (void)h, (void)out;
	return false;
}
#endif

/* Writes frame n at out; returns its length. */
static size_t render(struct cam *c, uint32_t n, uint8_t *out)
{
	size_t i = n % c->nframes;
	const struct blob *f = &c->frames[i];
	if (c->fourcc == V4L2_PIX_FMT_YUYV) {
		size_t len = (size_t)c->w * c->h * 2;
		if (c->raws[i].data) memcpy(out, c->raws[i].data, len);
		else {
			if (!decode(f, c->w, c->h, out))
				for (size_t k = 0; k < len; k++) out[k] = k & 1 ? 128 : (uint8_t)(k / 2 + n);
			if (c->rawbytes + len <= 256u << 20 && (c->raws[i].data = malloc(len))) { /* up to 256 MB */
				memcpy(c->raws[i].data, out, len);
				c->rawbytes += len;
			}
		}
		return len;
	}
	size_t head = 2;
	if (c->d->stamp) head = stamp(out, n);
	else memcpy(out, f->data, 2);
	memcpy(out + head, f->data + 2, f->len - 2);
	return head + f->len - 2;
}

static void *stream(void *arg)
{
	struct cam *c = arg;
	struct device *d = c->d;
	const struct faults *f = &d->faults;
	int64_t ival = NS * c->ival_num / c->ival_den, start = now_ns(CLOCK_MONOTONIC), due = start;
	pthread_mutex_lock(&c->mu);
	for (uint64_t k = 1; !c->quit; k++) {
		due = start + (int64_t)k * NS * c->ival_num / c->ival_den;
		struct timespec t = { due / NS, due % NS };
		while (!c->quit && pthread_cond_timedwait(&c->stop, &c->mu, &t) == 0) {}
		if (c->quit) break;
		int64_t now = now_ns(CLOCK_MONOTONIC);
		if (d->unplug_after > 0 && c->delivered >= d->unplug_after && (!d->unplug_times || (long)d->shm->plug < d->unplug_times))
			unplug(d, c->plug, d->replug_s < 0 ? INT64_MAX : now + (int64_t)(d->replug_s * NS));
		if (dead(c)) {
			c->gone = true;
			readable(c, true);
			break;
		}
		if (f->eio_after && c->delivered >= f->eio_after && !d->shm->failed) { /* until stopped */
			d->shm->failed = 1;
			c->failed = true;
			readable(c, true);
			break;
		}
		if (f->source_after && c->delivered >= f->source_after && d->shm->source_w != f->source_w) {
			d->shm->source_w = f->source_w;
			d->shm->source_h = f->source_h;
			d->shm->changes++; /* and no frame can be shown from now on */
			break;
		}
		if (now - due > ival) { /* stopped or starved: those frames are lost, as on a camera */
			uint64_t lost = (uint64_t)((now - due) / ival);
			k += lost;
			if (!d->patient) c->frame += (uint32_t)lost;
		}
		if (!c->nin && d->patient) continue;
		uint32_t n = c->frame++;
		if (!c->nin) continue; /* dropped: no buffer is queued */
		struct buf *b = &c->bufs[c->inq[0]];
		b->used = (uint32_t)render(c, n, c->mem + b->offset);
		b->flags = 0;
		long count = c->delivered + 1;
		if (is_turn(count, f->error_every)) b->flags = V4L2_BUF_FLAG_ERROR;
		if (is_turn(count, f->empty_every)) b->used = 0;
		if (is_turn(count, f->cut_every)) b->used /= 2;
		b->sequence = n;
		now = now_ns(CLOCK_MONOTONIC);
		b->ts = (struct timeval){ now / NS, now % NS / 1000 };
		b->st = DONE;
		c->outq[c->nout++] = c->inq[0];
		memmove(c->inq, c->inq + 1, --c->nin * sizeof *c->inq);
		c->delivered++;
		readable(c, true);
	}
	pthread_mutex_unlock(&c->mu);
	return NULL;
}

static void stream_off(struct cam *c) /* with c->mu held */
{
	if (c->streaming) {
		c->quit = true;
		pthread_cond_signal(&c->stop);
		pthread_mutex_unlock(&c->mu);
		pthread_join(c->thread, NULL);
		pthread_mutex_lock(&c->mu);
		c->streaming = c->quit = c->failed = false;
		for (size_t i = 0; i < c->nframes; i++) free(c->frames[i].data), free(c->raws[i].data);
		free(c->frames);
		free(c->raws);
		c->frames = c->raws = NULL;
		c->nframes = c->rawbytes = 0;
	}
	c->nin = c->nout = 0;
	for (unsigned i = 0; i < c->nbufs; i++) c->bufs[i].st = IDLE;
	readable(c, true); /* wakes a blocked DQBUF; poll on an idle queue reports an error */
}

static int stream_on(struct cam *c)
{
	if (!c->nbufs) return EINVAL;
	if (c->streaming) return 0;
	const struct size *s = c->d->sizes;
	while (s->w != c->w || s->h != c->h) s++;
	uint32_t w, h;
	c->nframes = load(s->dir, c->d->is_file, &c->frames, &w, &h, false);
	if (!c->nframes) return EIO;
	c->raws = calloc(c->nframes, sizeof *c->raws);
	for (size_t i = 0; i < c->nframes; i++)
		if (c->frames[i].len + 64 > c->bufsize) {
			dprintf(2, "fakecam: a JPEG of %zu bytes does not fit the buffers; cut\n", c->frames[i].len);
			c->frames[i].len = c->bufsize - 64;
		}
	readable(c, false);
	c->frame = 0;
	c->delivered = 0;
	c->ival_num = c->d->shm->ival_num;
	c->ival_den = c->d->shm->ival_den;
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* the program's signals are not for our thread */
	int rc = pthread_create(&c->thread, NULL, stream, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	c->streaming = rc == 0;
	return rc;
}

/* ---- buffers ---- */

static void free_bufs(struct cam *c)
{
	if (c->mem) munmap(c->mem, c->memlen);
	if (c->memfd >= 0) REAL(close)(c->memfd);
	if (c->lockfd >= 0) REAL(close)(c->lockfd);
	c->mem = NULL;
	c->memfd = c->lockfd = -1;
	c->nbufs = 0;
}

static uint32_t image_size(uint32_t w, uint32_t h)
{
	return w * h * 2; /* what UVC cameras announce for MJPG as well */
}

/* One owner of the stream at a time, over all processes; -1 when there is one. */
static int own_stream(struct device *d)
{
	struct flock whole = { .l_type = F_WRLCK };
	int fd = REAL(open)(d->state, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &whole) < 0) {
		REAL(close)(fd);
		fd = -1;
	}
	return fd;
}

static int reqbufs(struct cam *c, struct v4l2_requestbuffers *r)
{
	r->capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP | V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS;
	r->flags = 0;
	if (r->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || r->memory != V4L2_MEMORY_MMAP) return EINVAL;
	if (c->streaming) return EBUSY;
	int lock = c->lockfd >= 0 ? c->lockfd : own_stream(c->d);
	if (lock < 0) return EBUSY;
	c->lockfd = -1;
	free_bufs(c);
	c->lockfd = lock;
	if (!r->count) {
		free_bufs(c);
		return 0;
	}
	if (r->count > MAX_BUFS) r->count = MAX_BUFS;
	c->fourcc = c->d->shm->fourcc;
	c->w = c->d->shm->w;
	c->h = c->d->shm->h;
	c->bufsize = image_size(c->w, c->h);
	size_t step = (c->bufsize + 4095) & ~(size_t)4095;
	c->memlen = step * r->count;
	c->memfd = memfd_create("fakecam", MFD_CLOEXEC);
	if (c->memfd < 0 || ftruncate(c->memfd, (off_t)c->memlen) < 0 ||
	    (c->mem = REAL(mmap)(NULL, c->memlen, PROT_READ | PROT_WRITE, MAP_SHARED, c->memfd, 0)) == MAP_FAILED) {
		c->mem = NULL;
		free_bufs(c);
		return ENOMEM;
	}
	c->nbufs = r->count;
	for (unsigned i = 0; i < c->nbufs; i++) c->bufs[i] = (struct buf){ .offset = i * step };
	return 0;
}

static void describe(struct cam *c, unsigned i, struct v4l2_buffer *v)
{
	const struct buf *b = &c->bufs[i];
	v->index = i;
	v->memory = V4L2_MEMORY_MMAP;
	v->m.offset = (uint32_t)b->offset;
	v->length = (uint32_t)c->bufsize;
	v->bytesused = b->used;
	v->sequence = b->sequence;
	v->timestamp = b->ts;
	v->field = V4L2_FIELD_NONE;
	v->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_TSTAMP_SRC_SOE |
		   b->flags |
		   (b->st == QUEUED ? V4L2_BUF_FLAG_QUEUED : 0) | (b->st == DONE ? V4L2_BUF_FLAG_DONE : 0);
}

static int dqbuf(struct cam *c, struct v4l2_buffer *v)
{
	if (v->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || v->memory != V4L2_MEMORY_MMAP) return EINVAL;
	while (!c->nout || c->gone || c->failed) {
		if (c->gone) return ENODEV;
		if (c->failed) return EIO;
		if (!c->streaming) return EINVAL;
		if (fcntl(c->fd, F_GETFL) & O_NONBLOCK) return EAGAIN;
		uint64_t ticks;
		pthread_mutex_unlock(&c->mu);
		ssize_t r = read(c->fd, &ticks, sizeof ticks); /* until readable, or a signal */
		int e = errno;
		pthread_mutex_lock(&c->mu);
		if (r < 0 && e != EAGAIN) return e;
	}
	unsigned i = c->outq[0];
	memmove(c->outq, c->outq + 1, --c->nout * sizeof *c->outq);
	c->bufs[i].st = IDLE;
	describe(c, i, v);
	readable(c, c->nout > 0 || c->gone || c->failed);
	return 0;
}

/* ---- formats, rates, controls ---- */

static void try_fmt(struct device *d, struct v4l2_pix_format *p)
{
	const struct faults *fault = &d->faults;
	if (fault->sfmt_w) p->width = fault->sfmt_w, p->height = fault->sfmt_h;
	if (fault->sfmt_fourcc) p->pixelformat = fault->sfmt_fourcc;
	if (d->shm->timings_w) p->width = d->shm->timings_w, p->height = d->shm->timings_h;
	uint32_t f = p->pixelformat == fourccs[1] ? fourccs[1] : fourccs[d->raw];
	const struct size *best = d->sizes;
	int64_t dist = INT64_MAX;
	for (int i = 0; i < d->nsizes; i++) {
		int64_t dw = (int64_t)d->sizes[i].w - p->width, dh = (int64_t)d->sizes[i].h - p->height;
		if (dw * dw + dh * dh < dist) dist = dw * dw + dh * dh, best = &d->sizes[i];
	}
	*p = (struct v4l2_pix_format){
		.width = best->w, .height = best->h, .pixelformat = f, .field = V4L2_FIELD_NONE,
		.bytesperline = f == V4L2_PIX_FMT_YUYV ? best->w * 2 : 0, .sizeimage = image_size(best->w, best->h),
		.colorspace = V4L2_COLORSPACE_SRGB, .priv = V4L2_PIX_FMT_PRIV_MAGIC,
	};
}

/* The frame intervals on offer: FAKECAM_FPS itself, then the usual ones below it. */
static bool interval(struct device *d, unsigned i, struct v4l2_fract *f)
{
	static const uint32_t usual[] = { 60, 30, 25, 20, 15, 10, 5 };
	if (!i) {
		*f = (struct v4l2_fract){ d->fps_den, d->fps_num };
		return true;
	}
	for (unsigned k = 0; k < sizeof usual / sizeof *usual; k++)
		if (usual[k] * d->fps_den < d->fps_num && !--i) {
			*f = (struct v4l2_fract){ 1, usual[k] };
			return true;
		}
	return false;
}

/* The first control of that id, or above it. */
static const struct ctrl *ctrl_from(struct device *d, uint32_t id)
{
	for (int i = 0; i < NCTRLS; i++) if (ctrls[i].id >= id && (ctrls[i].few || d->more_controls)) return &ctrls[i];
	return NULL;
}

static const struct ctrl *ctrl_of(struct device *d, uint32_t id)
{
	const struct ctrl *k = ctrl_from(d, id);
	return k && k->id == id ? k : NULL;
}

/* True while an automatic control governs this one. */
static bool inactive(struct device *d, const struct ctrl *k)
{
	const struct ctrl *master = k->master ? ctrl_of(d, k->master) : NULL;
	return master && d->shm->ctrl[master - ctrls] != k->manual;
}

static int set_ctrl(struct device *d, uint32_t id, int32_t *value, bool apply)
{
	const struct ctrl *k = ctrl_of(d, id);
	if (!k || !is_int(k)) return EINVAL;
	if (k->flags & V4L2_CTRL_FLAG_READ_ONLY) return EACCES;
	if (k->flags & V4L2_CTRL_FLAG_GRABBED) return EBUSY;
	if (inactive(d, k)) return EACCES; /* as uvcvideo; drivers of the control framework take it */
	if (k->type == V4L2_CTRL_TYPE_MENU && (*value < k->min || *value > k->max)) return ERANGE;
	if (k->type == V4L2_CTRL_TYPE_MENU && !menu_item(k, (uint32_t)*value)) return EINVAL;
	if (k->type == V4L2_CTRL_TYPE_BITMASK) *value &= k->max;
	else if (k->type != V4L2_CTRL_TYPE_BUTTON) {
		if (*value < k->min) *value = k->min;
		if (*value > k->max) *value = k->max;
	}
	int refusal = refused(&d->faults, id, *value);
	if (refusal) return refusal;
	if (apply) d->shm->ctrl[k - ctrls] = k->type == V4L2_CTRL_TYPE_BUTTON ? d->shm->ctrl[k - ctrls] + 1 : *value;
	return 0;
}

static int query_ctrl(struct device *d, struct v4l2_queryctrl *q)
{
	bool next = q->id & V4L2_CTRL_FLAG_NEXT_CTRL;
	const struct ctrl *k = next ? ctrl_from(d, (q->id & V4L2_CTRL_ID_MASK) + 1) : ctrl_of(d, q->id);
	if (!k) return EINVAL;
	if (k->id == d->faults.query_eio) return EIO;
	*q = (struct v4l2_queryctrl){ .id = k->id, .type = k->type, .minimum = k->min, .maximum = k->max,
		.step = k->step, .default_value = k->def, .flags = k->flags };
	snprintf((char *)q->name, sizeof q->name, "%s", k->name);
	if (inactive(d, k)) q->flags |= V4L2_CTRL_FLAG_INACTIVE;
	return 0;
}

static int get_ctrl(struct device *d, uint32_t id, int32_t *value)
{
	const struct ctrl *k = ctrl_of(d, id);
	if (!k || !is_int(k)) return EINVAL;
	if (k->flags & V4L2_CTRL_FLAG_WRITE_ONLY) return EACCES;
	*value = d->shm->ctrl[k - ctrls];
	return 0;
}

static int ext_ctrls(struct device *d, struct v4l2_ext_controls *x, bool get, bool apply)
{
	for (uint32_t i = 0; i < x->count; i++) {
		struct v4l2_ext_control *e = &x->controls[i];
		int32_t value = e->value;
		int rc = get ? get_ctrl(d, e->id, &value) : set_ctrl(d, e->id, &value, apply);
		if (rc) {
			x->error_idx = get || !apply ? i : x->count;
			return rc;
		}
		e->value = value;
	}
	return 0;
}

/* ---- an HDMI source, in place of a sensor ---- */

static int timings(struct device *d, uint32_t req, struct v4l2_dv_timings *t)
{
	struct state *shm = d->shm;
	if (!is_hdmi(&d->faults)) return ENOTTY;
	if (req == VIDIOC_S_DV_TIMINGS) {
		shm->timings_w = t->bt.width;
		shm->timings_h = t->bt.height;
		return 0;
	}
	bool query = req == VIDIOC_QUERY_DV_TIMINGS;
	if (query && d->faults.no_signal) return ENOLINK;
	*t = (struct v4l2_dv_timings){ .type = V4L2_DV_BT_656_1120 };
	t->bt.width = query ? shm->source_w : shm->timings_w;
	t->bt.height = query ? shm->source_h : shm->timings_h;
	t->bt.pixelclock = (uint64_t)t->bt.width * t->bt.height * d->fps_num / d->fps_den;
	return 0;
}

#define CAPTURE(x) if ((x) != V4L2_BUF_TYPE_VIDEO_CAPTURE) return EINVAL

static int answer(struct cam *c, uint32_t req, void *arg)
{
	struct device *d = c->d;
	struct state *shm = d->shm;
	const uint32_t input = is_hdmi(&d->faults) ? HDMI_INPUT : 0;
	switch (req) {
	case VIDIOC_QUERYCAP: {
		struct v4l2_capability *v = arg;
		*v = (struct v4l2_capability){ .driver = "fakecam", .card = "Fake Camera", .version = 6 << 16 | 1 << 8,
			.device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT };
		if (d->loopback) {
			strcpy((char *)v->driver, "v4l2 loopback");
			v->device_caps |= V4L2_CAP_VIDEO_OUTPUT;
		}
		snprintf((char *)v->bus_info, sizeof v->bus_info, "usb-fakecam-%d", d->minor);
		v->capabilities = v->device_caps | V4L2_CAP_DEVICE_CAPS;
		return 0;
	}
	case VIDIOC_ENUM_FMT: {
		struct v4l2_fmtdesc *v = arg;
		CAPTURE(v->type);
		if (v->index > 1u - d->raw) return EINVAL;
		unsigned i = v->index + d->raw;
		*v = (struct v4l2_fmtdesc){ .index = v->index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .pixelformat = fourccs[i],
			.flags = i ? 0 : V4L2_FMT_FLAG_COMPRESSED };
		strcpy((char *)v->description, i ? "YUYV 4:2:2" : "Motion-JPEG");
		return 0;
	}
	case VIDIOC_ENUM_FRAMESIZES: {
		struct v4l2_frmsizeenum *v = arg;
		if ((v->pixel_format != fourccs[d->raw] && v->pixel_format != fourccs[1]) || v->index >= (uint32_t)d->nsizes) return EINVAL;
		v->type = V4L2_FRMSIZE_TYPE_DISCRETE;
		memset(v->reserved, 0, sizeof v->reserved);
		v->discrete = (struct v4l2_frmsize_discrete){ d->sizes[v->index].w, d->sizes[v->index].h };
		return 0;
	}
	case VIDIOC_ENUM_FRAMEINTERVALS: {
		struct v4l2_frmivalenum *v = arg;
		if (v->pixel_format != fourccs[d->raw] && v->pixel_format != fourccs[1]) return EINVAL;
		for (int i = 0; i < d->nsizes; i++)
			if (d->sizes[i].w == v->width && d->sizes[i].h == v->height) {
				v->type = V4L2_FRMIVAL_TYPE_DISCRETE;
				memset(v->reserved, 0, sizeof v->reserved);
				return interval(d, v->index, &v->discrete) ? 0 : EINVAL;
			}
		return EINVAL;
	}
	case VIDIOC_ENUMINPUT: {
		struct v4l2_input *v = arg;
		if (v->index > input) return EINVAL;
		*v = (struct v4l2_input){ .index = v->index, .name = "Camera 1", .type = V4L2_INPUT_TYPE_CAMERA };
		if (v->index) {
			strcpy((char *)v->name, "HDMI 1");
			v->capabilities = V4L2_IN_CAP_DV_TIMINGS;
		}
		return 0;
	}
	case VIDIOC_G_INPUT:
		*(uint32_t *)arg = input;
		return 0;
	case VIDIOC_S_INPUT:
		return *(uint32_t *)arg == input ? 0 : EINVAL;
	case VIDIOC_G_DV_TIMINGS:
	case VIDIOC_S_DV_TIMINGS:
	case VIDIOC_QUERY_DV_TIMINGS:
		if (req == VIDIOC_S_DV_TIMINGS && c->nbufs) return EBUSY;
		return timings(d, req, arg);
	case VIDIOC_SUBSCRIBE_EVENT: {
		struct v4l2_event_subscription *v = arg;
		if (!is_hdmi(&d->faults)) return ENOTTY;
		if (v->type != V4L2_EVENT_SOURCE_CHANGE) return EINVAL;
		c->subscribed = v->id == input; /* the events of other inputs never come */
		c->changes = shm->changes;
		return 0;
	}
	case VIDIOC_DQEVENT: {
		struct v4l2_event *v = arg;
		if (!is_hdmi(&d->faults)) return ENOTTY;
		if (!c->subscribed || c->changes == shm->changes) return ENOENT;
		c->changes = shm->changes;
		*v = (struct v4l2_event){ .type = V4L2_EVENT_SOURCE_CHANGE, .id = input };
		v->u.src_change.changes = V4L2_EVENT_SRC_CH_RESOLUTION;
		return 0;
	}
	case VIDIOC_G_FMT:
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT: {
		struct v4l2_format *v = arg;
		CAPTURE(v->type);
		if (req == VIDIOC_G_FMT) v->fmt.pix = (struct v4l2_pix_format){ .pixelformat = shm->fourcc, .width = shm->w, .height = shm->h };
		try_fmt(d, &v->fmt.pix);
		if (req != VIDIOC_S_FMT) return 0;
		if (c->nbufs) return EBUSY;
		int lock = own_stream(d);
		if (lock < 0) return EBUSY;
		REAL(close)(lock);
		shm->fourcc = v->fmt.pix.pixelformat;
		shm->w = v->fmt.pix.width;
		shm->h = v->fmt.pix.height;
		return 0;
	}
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM: {
		struct v4l2_streamparm *v = arg;
		CAPTURE(v->type);
		struct v4l2_fract want = v->parm.capture.timeperframe, f;
		if (req == VIDIOC_S_PARM) {
			if (c->streaming) return EBUSY;
			if (d->faults.no_rate) return EIO;
			double t = want.numerator && want.denominator ? (double)want.numerator / want.denominator : 0, best = 1e9;
			for (unsigned i = 0; interval(d, i, &f); i++) {
				double off = (double)f.numerator / f.denominator - t;
				if (off < 0) off = -off;
				if (t == 0 ? !i : off < best - 1e-12) best = off, shm->ival_num = f.numerator, shm->ival_den = f.denominator;
			}
		}
		memset(&v->parm, 0, sizeof v->parm);
		v->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
		v->parm.capture.timeperframe = (struct v4l2_fract){ shm->ival_num, shm->ival_den };
		return 0;
	}
	case VIDIOC_REQBUFS:
		return reqbufs(c, arg);
	case VIDIOC_QUERYBUF: {
		struct v4l2_buffer *v = arg;
		CAPTURE(v->type);
		if (v->index >= c->nbufs) return EINVAL;
		describe(c, v->index, v);
		return 0;
	}
	case VIDIOC_QBUF: {
		struct v4l2_buffer *v = arg;
		CAPTURE(v->type);
		if (v->memory != V4L2_MEMORY_MMAP || v->index >= c->nbufs || c->bufs[v->index].st != IDLE) return EINVAL;
		c->bufs[v->index].st = QUEUED;
		c->bufs[v->index].used = 0;
		c->inq[c->nin++] = v->index;
		describe(c, v->index, v);
		return 0;
	}
	case VIDIOC_DQBUF:
		return dqbuf(c, arg);
	case VIDIOC_STREAMON:
		CAPTURE(*(uint32_t *)arg);
		return stream_on(c);
	case VIDIOC_STREAMOFF:
		CAPTURE(*(uint32_t *)arg);
		stream_off(c);
		return 0;
	case VIDIOC_QUERYCTRL:
		return query_ctrl(d, arg);
	case VIDIOC_QUERYMENU: {
		struct v4l2_querymenu *v = arg;
		const struct ctrl *k = ctrl_of(d, v->id);
		const char *item = k ? menu_item(k, v->index) : NULL;
		if (!item) return EINVAL;
		if (k->type == V4L2_CTRL_TYPE_INTEGER_MENU) v->value = atoll(item);
		else snprintf((char *)v->name, sizeof v->name, "%s", item);
		return 0;
	}
	case VIDIOC_G_CTRL:
	case VIDIOC_S_CTRL: {
		struct v4l2_control *v = arg;
		return req == VIDIOC_S_CTRL ? set_ctrl(d, v->id, &v->value, true) : get_ctrl(d, v->id, &v->value);
	}
	case VIDIOC_G_EXT_CTRLS:
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_TRY_EXT_CTRLS:
		return ext_ctrls(d, arg, req == VIDIOC_G_EXT_CTRLS, req == VIDIOC_S_EXT_CTRLS);
	default: /* EXPBUF, QUERY_EXT_CTRL, priorities, standards, selections, UVC's own */
		return ENOTTY;
	}
}

static int cam_ioctl(struct cam *c, uint32_t req, void *arg)
{
	pthread_mutex_lock(&c->mu);
	int rc;
	if (is_turn(++c->calls, c->d->faults.eintr_every)) rc = EINTR;
	else if (dead(c) && req != VIDIOC_STREAMOFF) {
		c->gone = true;
		readable(c, true);
		rc = ENODEV;
	} else if (!arg) rc = req == VIDIOC_QUERYCAP ? EFAULT : ENOTTY;
	else rc = answer(c, req, arg);
	pthread_mutex_unlock(&c->mu);
	if (!rc) return 0;
	errno = rc;
	return -1;
}

static int cam_open(struct device *d, int flags)
{
	if (!present(d)) {
		errno = ENOENT;
		return -1;
	}
	int fd = timerfd_create(CLOCK_MONOTONIC, (flags & O_NONBLOCK ? TFD_NONBLOCK : 0) | (flags & O_CLOEXEC ? TFD_CLOEXEC : 0));
	if (fd < 0) return -1;
	struct cam *c = fd < MAX_FD ? calloc(1, sizeof *c) : NULL;
	if (!c) {
		REAL(close)(fd);
		errno = ENOMEM;
		return -1;
	}
	c->d = d;
	c->fd = fd;
	c->memfd = c->lockfd = -1;
	c->pid = getpid();
	c->plug = d->shm->plug;
	pthread_mutex_init(&c->mu, NULL);
	pthread_condattr_t a;
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&c->stop, &a);
	cams[fd] = c;
	return fd;
}

static void cam_close(int fd)
{
	struct cam *c = cams[fd];
	if (c->pid != getpid()) return; /* a child between (v)fork and exec closes only its copy */
	cams[fd] = NULL;
	pthread_mutex_lock(&c->mu);
	stream_off(c);
	free_bufs(c);
	pthread_mutex_unlock(&c->mu);
	free(c);
}

static int cam_stat(struct device *d, struct stat *st)
{
	if (!present(d)) {
		errno = ENOENT;
		return -1;
	}
	*st = (struct stat){ .st_mode = S_IFCHR | 0660, .st_nlink = 1, .st_rdev = makedev(81, (unsigned)d->minor), .st_blksize = 4096, .st_ino = 1000 };
	return 0;
}

static int cam_access(struct device *d)
{
	if (present(d)) return 0;
	errno = ENOENT;
	return -1;
}

static void *cam_mmap(struct cam *c, void *addr, size_t len, int prot, int flags, off_t off)
{
	if (!c->nbufs || (size_t)off + len > c->memlen + 4096) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	return REAL(mmap)(addr, len, prot, flags, c->memfd, off);
}

/* ---- what programs call ---- */

#define MODE(flags, last) \
	mode_t mode = 0; \
	if ((flags) & (O_CREAT | O_TMPFILE)) { \
		va_list ap; \
		va_start(ap, last); \
		mode = va_arg(ap, mode_t); \
		va_end(ap); \
	}

EXPORT int open(const char *path, int flags, ...)
{
	MODE(flags, flags)
	struct device *d = ours(path);
	return d ? cam_open(d, flags) : REAL(open)(path, flags, mode);
}
EXPORT int open64(const char *path, int flags, ...)
{
	MODE(flags, flags)
	struct device *d = ours(path);
	return d ? cam_open(d, flags) : REAL(open64)(path, flags, mode);
}
EXPORT int openat(int at, const char *path, int flags, ...)
{
	MODE(flags, flags)
	struct device *d = ours(path);
	return d ? cam_open(d, flags) : REAL(openat)(at, path, flags, mode);
}
EXPORT int openat64(int at, const char *path, int flags, ...)
{
	MODE(flags, flags)
	struct device *d = ours(path);
	return d ? cam_open(d, flags) : REAL(openat64)(at, path, flags, mode);
}
int __open_2(const char *, int), __open64_2(const char *, int), __openat_2(int, const char *, int), __openat64_2(int, const char *, int);

/* Defines a function that runs `camera` for a camera, d being its device, and else `call`. */
#define FOR_PATH(type, name, parameters, camera, call) \
	EXPORT type name parameters \
	{ \
		struct device *d = ours(path); \
		return d ? camera : REAL(name) call; \
	}
FOR_PATH(int, __open_2, (const char *path, int flags), cam_open(d, flags), (path, flags))
FOR_PATH(int, __open64_2, (const char *path, int flags), cam_open(d, flags), (path, flags))
FOR_PATH(int, __openat_2, (int at, const char *path, int flags), cam_open(d, flags), (at, path, flags))
FOR_PATH(int, __openat64_2, (int at, const char *path, int flags), cam_open(d, flags), (at, path, flags))

EXPORT int close(int fd)
{
	if (cam_of(fd)) cam_close(fd);
	return REAL(close)(fd);
}

EXPORT int ioctl(int fd, unsigned long req, ...)
{
	va_list ap;
	va_start(ap, req);
	void *arg = va_arg(ap, void *);
	va_end(ap);
	struct cam *c = cam_of(fd);
	int (*real)(int, unsigned long, ...) = REAL(ioctl);
	return c ? cam_ioctl(c, (uint32_t)req, arg) : real(fd, req, arg);
}

EXPORT void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	struct cam *c = cam_of(fd);
	return c ? cam_mmap(c, addr, len, prot, flags, off) : REAL(mmap)(addr, len, prot, flags, fd, off);
}
EXPORT void *mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t off)
{
	struct cam *c = cam_of(fd);
	return c ? cam_mmap(c, addr, len, prot, flags, off) : REAL(mmap64)(addr, len, prot, flags, fd, off);
}

FOR_PATH(int, access, (const char *path, int how), cam_access(d), (path, how))
FOR_PATH(int, eaccess, (const char *path, int how), cam_access(d), (path, how))
FOR_PATH(int, euidaccess, (const char *path, int how), cam_access(d), (path, how))
FOR_PATH(int, faccessat, (int at, const char *path, int how, int flags), cam_access(d), (at, path, how, flags))

/* struct stat64 is struct stat here (x86-64, aarch64). */
_Static_assert(sizeof(struct stat) == sizeof(struct stat64) && sizeof(off_t) == 8, "64-bit only");
#define STAT cam_stat(d, (struct stat *)st)
FOR_PATH(int, stat, (const char *path, struct stat *st), STAT, (path, st))
FOR_PATH(int, stat64, (const char *path, struct stat64 *st), STAT, (path, st))
FOR_PATH(int, lstat, (const char *path, struct stat *st), STAT, (path, st))
FOR_PATH(int, lstat64, (const char *path, struct stat64 *st), STAT, (path, st))
FOR_PATH(int, fstatat, (int at, const char *path, struct stat *st, int f), STAT, (at, path, st, f))
FOR_PATH(int, fstatat64, (int at, const char *path, struct stat64 *st, int f), STAT, (at, path, st, f))
int __xstat(int, const char *, struct stat *), __xstat64(int, const char *, struct stat64 *), __lxstat(int, const char *, struct stat *);
FOR_PATH(int, __xstat, (int ver, const char *path, struct stat *st), STAT, (ver, path, st))
FOR_PATH(int, __xstat64, (int ver, const char *path, struct stat64 *st), STAT, (ver, path, st))
FOR_PATH(int, __lxstat, (int ver, const char *path, struct stat *st), STAT, (ver, path, st))
EXPORT int fstat(int fd, struct stat *st)
{
	struct cam *c = cam_of(fd);
	return c ? cam_stat(c->d, st) : REAL(fstat)(fd, st);
}
EXPORT int fstat64(int fd, struct stat64 *st)
{
	struct cam *c = cam_of(fd);
	return c ? cam_stat(c->d, (struct stat *)st) : REAL(fstat64)(fd, st);
}

static int cam_statx(struct device *d, struct statx *x)
{
	struct stat st;
	if (cam_stat(d, &st)) return -1;
	memset(x, 0, sizeof *x);
	x->stx_mask = STATX_BASIC_STATS;
	x->stx_mode = (uint16_t)st.st_mode;
	x->stx_nlink = 1;
	x->stx_blksize = 4096;
	x->stx_ino = st.st_ino;
	x->stx_rdev_major = 81;
	x->stx_rdev_minor = (uint32_t)d->minor;
	return 0;
}
FOR_PATH(int, statx, (int at, const char *path, int flags, unsigned mask, struct statx *x), cam_statx(d, x), (at, path, flags, mask, x))

static char *cam_realpath(struct device *d, char *out)
{
	if (cam_access(d)) return NULL;
	return out ? strcpy(out, d->dev) : strdup(d->dev);
}
char *__realpath_chk(const char *, char *, size_t);
FOR_PATH(char *, realpath, (const char *path, char *out), cam_realpath(d, out), (path, out))
FOR_PATH(char *, __realpath_chk, (const char *path, char *out, size_t n), cam_realpath(d, out), (path, out, n))
FOR_PATH(char *, canonicalize_file_name, (const char *path), cam_realpath(d, NULL), (path))

/* v4l2-ctl asks sysfs what kind of device 81:N is; this is the one sysfs file that is answered. */
static FILE *uevent(const char *path)
{
	char want[64];
	if (!path || strncmp(path, "/sys/dev/char/81:", 17)) return NULL;
	start();
	for (int i = 0; i < MAX_DEVS; i++) {
		int minor = devs[i]->minor, fd;
		snprintf(want, sizeof want, "/sys/dev/char/81:%d/uevent", minor);
		if (!devs[i]->on || strcmp(path, want) || (fd = memfd_create("uevent", MFD_CLOEXEC)) < 0) continue;
		dprintf(fd, "MAJOR=81\nMINOR=%d\nDEVNAME=video%d\n", minor, minor);
		lseek(fd, 0, SEEK_SET);
		return fdopen(fd, "r");
	}
	return NULL;
}
EXPORT FILE *fopen(const char *path, const char *mode)
{
	FILE *f = uevent(path);
	return f ? f : REAL(fopen)(path, mode);
}
EXPORT FILE *fopen64(const char *path, const char *mode)
{
	FILE *f = uevent(path);
	return f ? f : REAL(fopen64)(path, mode);
}

/* libv4l2 and libuv go through syscall(). */
EXPORT long syscall(long nr, ...)
{
	long a[6];
	va_list ap;
	va_start(ap, nr);
	for (int i = 0; i < 6; i++) a[i] = va_arg(ap, long);
	va_end(ap);
	struct cam *c;
	struct device *d;
	switch (nr) {
	case SYS_openat:
		if ((d = ours((const char *)a[1]))) return cam_open(d, (int)a[2]);
		break;
	case SYS_faccessat:
		if ((d = ours((const char *)a[1]))) return cam_access(d);
		break;
	case SYS_statx:
		if ((d = ours((const char *)a[1]))) return cam_statx(d, (struct statx *)a[4]);
		break;
	case SYS_ioctl:
		if ((c = cam_of((int)a[0]))) return cam_ioctl(c, (uint32_t)a[1], (void *)a[2]);
		break;
	case SYS_mmap:
		if ((c = cam_of((int)a[4]))) return (long)cam_mmap(c, (void *)a[0], (size_t)a[1], (int)a[2], (int)a[3], a[5]);
		break;
	case SYS_close:
		if (cam_of((int)a[0])) cam_close((int)a[0]);
		break;
#ifdef SYS_open
	case SYS_open:
		if ((d = ours((const char *)a[0]))) return cam_open(d, (int)a[1]);
		break;
#endif
	}
	return REAL(syscall)(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* libuv lists a folder by scandir, so the camera is put among its files. */
typedef int (*filter_fn)(const struct dirent64 *);
typedef int (*order_fn)(const struct dirent64 **, const struct dirent64 **);

static int add_entry(struct device *d, const char *path, struct dirent64 ***list, filter_fn filter, order_fn order, int n)
{
	const char *name = strrchr(d->dev, '/');
	size_t folder = name ? (size_t)(name - d->dev) : 0;
	if (n < 0 || !name || strncmp(path, d->dev, folder) || path[folder] || !present(d)) return n;
	for (int i = 0; i < n; i++) if (!strcmp((*list)[i]->d_name, name + 1)) return n;
	struct dirent64 *entry = calloc(1, sizeof *entry), **longer;
	entry->d_type = DT_CHR;
	snprintf(entry->d_name, sizeof entry->d_name, "%s", name + 1);
	if ((filter && !filter(entry)) || !(longer = realloc(*list, ((size_t)n + 1) * sizeof **list))) {
		free(entry);
		return n;
	}
	longer[n++] = entry;
	*list = longer;
	if (order) qsort(longer, (size_t)n, sizeof *longer, (int (*)(const void *, const void *))order);
	return n;
}

static int cam_scandir(const char *path, struct dirent64 ***list, filter_fn filter, order_fn order, int n)
{
	if (!path) return n;
	start();
	for (int i = 0; i < MAX_DEVS; i++) if (devs[i]->on) n = add_entry(devs[i], path, list, filter, order, n);
	return n;
}
_Static_assert(sizeof(struct dirent) == sizeof(struct dirent64), "64-bit only");
EXPORT int scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *), int (*order)(const struct dirent **, const struct dirent **))
{
	int n = REAL(scandir)(path, list, filter, order);
	return cam_scandir(path, (struct dirent64 ***)list, (filter_fn)filter, (order_fn)order, n);
}
EXPORT int scandir64(const char *path, struct dirent64 ***list, filter_fn filter, order_fn order)
{
	return cam_scandir(path, list, filter, order, REAL(scandir64)(path, list, filter, order));
}
