/*
 * frames.h: reads frames from a folder of *.jpg, or from an .mjpeg file.
 * Before including it, define REAL(f): how to call the C library's own f.
 */
struct blob {
	uint8_t *data;
	size_t len;
};

/* The length of the JPEG at p, or 0; its size in *w and *h. */
static size_t jpeg_length(const uint8_t *p, size_t n, uint32_t *w, uint32_t *h)
{
	if (n < 4 || p[0] != 0xff || p[1] != 0xd8) return 0;
	size_t i = 2;
	while (i + 4 <= n) {
		if (p[i] != 0xff) return 0;
		uint8_t m = p[i + 1];
		if (m == 0xff) { i++; continue; }
		if (m == 0xd9) return i + 2;
		size_t len = (size_t)p[i + 2] << 8 | p[i + 3];
		if (m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc && i + 9 <= n) {
			*h = (uint32_t)(p[i + 5] << 8 | p[i + 6]);
			*w = (uint32_t)(p[i + 7] << 8 | p[i + 8]);
		}
		i += 2 + len;
		if (m == 0xda) { /* entropy-coded data ends at a marker other than RST and a stuffed 0 */
			while (i + 1 < n && !(p[i] == 0xff && p[i + 1] != 0 && !(p[i + 1] >= 0xd0 && p[i + 1] <= 0xd7) && p[i + 1] != 0xff)) i++;
			if (i + 1 < n && p[i + 1] == 0xd9) return i + 2;
		}
	}
	return 0;
}

static bool slurp(const char *path, struct blob *b)
{
	int fd = REAL(open)(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0) return false;
	b->data = NULL;
	b->len = 0;
	if (REAL(fstat)(fd, &st) == 0 && (b->data = malloc((size_t)st.st_size + 1))) {
		ssize_t r;
		while (b->len < (size_t)st.st_size && (r = read(fd, b->data + b->len, (size_t)st.st_size - b->len)) > 0) b->len += (size_t)r;
	}
	REAL(close)(fd);
	return b->data != NULL;
}

static int is_jpg(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');
	return dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg"));
}

/* Adds the frames of one source, or only reads the size of the first one if only_size. */
static size_t load(const char *src, bool is_file, struct blob **out, uint32_t *w, uint32_t *h, bool only_size)
{
	size_t n = 0;
	struct blob all;
	*w = *h = 0;
	if (is_file) {
		if (!slurp(src, &all)) return 0;
		size_t i = 0, len;
		while (i < all.len) {
			uint32_t fw = 0, fh = 0;
			if (!(len = jpeg_length(all.data + i, all.len - i, &fw, &fh))) { i++; continue; }
			if (!*w) { *w = fw; *h = fh; }
			if (!only_size) {
				*out = realloc(*out, (n + 1) * sizeof **out);
				(*out)[n] = (struct blob){ memcpy(malloc(len), all.data + i, len), len };
			}
			n++;
			i += len;
			if (only_size) break;
		}
		free(all.data);
		return n;
	}
	struct dirent **names;
	int count = REAL(scandir)(src, &names, is_jpg, alphasort);
	for (int k = 0; k < count; k++) {
		char path[PATH_MAX + 300];
		snprintf(path, sizeof path, "%s/%s", src, names[k]->d_name);
		uint32_t fw = 0, fh = 0;
		if (!(only_size && n) && slurp(path, &all)) {
			size_t len = jpeg_length(all.data, all.len, &fw, &fh);
			if (len && (!*w || (fw == *w && fh == *h))) {
				*w = fw;
				*h = fh;
				if (only_size) free(all.data);
				else {
					*out = realloc(*out, (n + 1) * sizeof **out);
					(*out)[n] = (struct blob){ all.data, len };
				}
				n++;
			} else free(all.data);
		}
		free(names[k]);
	}
	if (count >= 0) free(names);
	return n;
}

struct size {
	uint32_t w, h;
	char dir[PATH_MAX]; /* the folder of *.jpg, or the .mjpeg file */
};

static int by_area(const void *a, const void *b)
{
	const struct size *x = a, *y = b;
	return (int)(x->w * x->h) - (int)(y->w * y->h);
}

/* Lists the frame sizes: of the file, the folder, or its subfolders named WIDTHxHEIGHT. */
static int find_sizes(const char *src, bool is_file, struct size *out, int max)
{
	struct blob *none = NULL;
	int n = load(src, is_file, &none, &out->w, &out->h, true) && out->w;
	if (n) snprintf(out->dir, sizeof out->dir, "%s", src);
	DIR *d = n || is_file ? NULL : opendir(src);
	for (struct dirent *e; d && n < max && (e = readdir(d));) {
		char path[PATH_MAX + 300];
		uint32_t w, h;
		snprintf(path, sizeof path, "%s/%s", src, e->d_name);
		if (sscanf(e->d_name, "%ux%u", &w, &h) == 2 && load(path, false, &none, &out[n].w, &out[n].h, true))
			snprintf(out[n++].dir, sizeof out->dir, "%.*s", PATH_MAX - 1, path);
	}
	if (d) closedir(d);
	qsort(out, (size_t)n, sizeof *out, by_area);
	return n;
}

/* Frames a second as a fraction: whole numbers as n/1, others as n/1000. */
static void parse_fps(const char *s, uint32_t *num, uint32_t *den)
{
	double fps = s && atof(s) > 0 ? atof(s) : 30;
	*den = fps == (double)(uint32_t)fps ? 1 : 1000;
	*num = (uint32_t)(fps * *den + 0.5);
}

/* Writes SOI and a COM segment "ts=<CLOCK_REALTIME ns> n=<frame>"; returns their length. */
static size_t stamp(uint8_t *out, uint32_t n)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	int len = sprintf((char *)out + 6, "ts=%lld n=%u", (long long)t.tv_sec * 1000000000 + t.tv_nsec, n);
	memcpy(out, "\xff\xd8\xff\xfe\0", 5);
	out[5] = (uint8_t)(len + 2);
	return 6 + (size_t)len;
}
