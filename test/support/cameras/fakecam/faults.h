/*
 * faults.h: the faults of a camera, from its settings.
 */

/* Returns a setting of one camera, such as `FAKECAM_FPS`; NULL if it is missing or empty. */
static const char *setting(const char *prefix, const char *name)
{
	char whole[64];
	snprintf(whole, sizeof whole, "%s%s", prefix, name);
	const char *value = getenv(whole);
	return value && *value ? value : NULL;
}

#define MAX_REFUSALS 8

struct faults {
	long error_every, empty_every, cut_every; /* one frame of N is damaged, empty, cut */
	long eio_after; /* the stream fails after N frames, once */
	long eintr_every; /* a signal interrupts one request of N */
	uint32_t sfmt_w, sfmt_h, sfmt_fourcc; /* result of VIDIOC_S_FMT, for any request */
	bool hdmi; /* an HDMI source, with timings and events */
	long source_after; /* it changes its size after N frames, once */
	uint32_t source_w, source_h;
	bool no_signal; /* the HDMI source is off */
	bool no_rate; /* setting the rate fails */
	uint32_t query_eio; /* the control whose query fails */
	struct refusal {
		uint32_t id;
		bool any; /* every value of it, or the one below */
		int32_t value;
		int error;
	} refusals[MAX_REFUSALS];
	int nrefusals;
};

static void read_faults(struct faults *f, const char *prefix)
{
	const char *e;
	f->error_every = (e = setting(prefix, "ERROR_EVERY")) ? atol(e) : 0;
	f->empty_every = (e = setting(prefix, "EMPTY_EVERY")) ? atol(e) : 0;
	f->cut_every = (e = setting(prefix, "CUT_EVERY")) ? atol(e) : 0;
	f->eio_after = (e = setting(prefix, "EIO_AFTER")) ? atol(e) : 0;
	f->eintr_every = (e = setting(prefix, "EINTR_EVERY")) ? atol(e) : 0;
	char code[5] = "";
	if ((e = setting(prefix, "SFMT")) && sscanf(e, "%ux%u:%4s", &f->sfmt_w, &f->sfmt_h, code) == 3)
		f->sfmt_fourcc = v4l2_fourcc((uint32_t)code[0], (uint32_t)code[1], (uint32_t)code[2], (uint32_t)code[3]);
	f->hdmi = (e = setting(prefix, "HDMI")) && atoi(e);
	if ((e = setting(prefix, "SOURCE_AFTER"))) sscanf(e, "%ld:%ux%u", &f->source_after, &f->source_w, &f->source_h);
	f->no_signal = (e = setting(prefix, "NO_SIGNAL")) && atoi(e);
	f->no_rate = (e = setting(prefix, "NO_RATE")) && atoi(e);
	f->query_eio = (e = setting(prefix, "QUERY_EIO")) ? (uint32_t)strtoul(e, NULL, 0) : 0;
	for (e = setting(prefix, "REFUSE"); e && f->nrefusals < MAX_REFUSALS; e = strchr(e, ',') ? strchr(e, ',') + 1 : NULL) {
		struct refusal *r = &f->refusals[f->nrefusals++];
		char *end;
		r->id = (uint32_t)strtoul(e, &end, 0);
		r->any = *end != ':';
		if (!r->any) r->value = (int32_t)strtol(end + 1, &end, 0);
		r->error = *end == '=' ? atoi(end + 1) : EIO;
	}
}

static bool is_hdmi(const struct faults *f)
{
	return f->hdmi || f->source_after || f->no_signal;
}

static bool is_turn(long count, long every)
{
	return every > 0 && count % every == 0;
}

/* Returns the error with which a control refuses a value, or 0. */
static int refused(const struct faults *f, uint32_t id, int32_t value)
{
	for (int i = 0; i < f->nrefusals; i++) {
		const struct refusal *r = &f->refusals[i];
		if (r->id == id && (r->any || r->value == value)) return r->error;
	}
	return 0;
}
