/*
 * faults.h: what may go wrong with a camera, from its settings.
 */

/* A setting of one camera, `FAKECAM_FPS`, or none; an empty one is none. */
static const char *setting(const char *prefix, const char *name)
{
	char whole[64];
	snprintf(whole, sizeof whole, "%s%s", prefix, name);
	const char *value = getenv(whole);
	return value && *value ? value : NULL;
}

#define MAX_REFUSALS 8

struct faults {
	long error_every, empty_every, cut_every; /* of so many delivered pictures one is marked damaged, empty, cut in half */
	long eio_after; /* the stream fails after so many pictures, once */
	long eintr_every; /* of so many requests one is interrupted by a signal */
	uint32_t sfmt_w, sfmt_h, sfmt_fourcc; /* what VIDIOC_S_FMT gives, whatever is asked for */
	bool hdmi; /* an HDMI source, with timings and events */
	long source_after; /* it changes its size after so many pictures, once */
	uint32_t source_w, source_h;
	bool no_signal; /* the HDMI source is off */
	bool no_rate; /* to set the rate fails */
	uint32_t query_eio; /* the control that cannot be asked for */
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

/* The error with which a control refuses a value, or 0. */
static int refused(const struct faults *f, uint32_t id, int32_t value)
{
	for (int i = 0; i < f->nrefusals; i++) {
		const struct refusal *r = &f->refusals[i];
		if (r->id == id && (r->any || r->value == value)) return r->error;
	}
	return 0;
}
