/*
 * controls.h: the controls of a camera: three, or some of every kind with FAKECAM_MORE_CONTROLS.
 */
#define HDMI_INPUT 1

/* Ids of our own, above all named ones (linux/v4l2-controls.h). */
#define CID_OWN (V4L2_CID_USER_BASE | 0x1f00)

struct ctrl {
	uint32_t id, type;
	const char *name;
	int32_t min, max, step, def;
	uint32_t flags;
	uint32_t master; /* another governs it, unless that is set to `manual` */
	int32_t manual;
	const char *const *items; /* of a menu, by index; gaps are NULL */
	bool few; /* one of the three */
};

static const char *const exposures[] = { NULL, "Manual Mode", NULL, "Aperture Priority Mode" };
static const char *const rates[] = { "25", NULL, "5000000000" };

/* In the order of their ids. */
static const struct ctrl ctrls[] = {
	{ V4L2_CID_BRIGHTNESS, V4L2_CTRL_TYPE_INTEGER, "Brightness", 0, 255, 1, 128, .few = true },
	{ V4L2_CID_AUTO_WHITE_BALANCE, V4L2_CTRL_TYPE_BOOLEAN, "White Balance, Automatic", 0, 1, 1, 1 },
	{ V4L2_CID_WHITE_BALANCE_TEMPERATURE, V4L2_CTRL_TYPE_INTEGER, "White Balance Temperature", 2800, 6500, 10, 4600,
	  .master = V4L2_CID_AUTO_WHITE_BALANCE, .manual = 0 },
	{ CID_OWN, V4L2_CTRL_TYPE_BITMASK, "Bits", 0, (int32_t)0x80000005, 0, (int32_t)0x80000001 },
	{ CID_OWN + 1, V4L2_CTRL_TYPE_STRING, "Text", 0, 10, 1, 0 },
	{ CID_OWN + 2, V4L2_CTRL_TYPE_INTEGER64, "Long", 0, 0, 0, 0 },
	{ CID_OWN + 3, V4L2_CTRL_TYPE_INTEGER_MENU, "Rates", 0, 2, 0, 2, .items = rates },
	{ CID_OWN + 4, V4L2_CTRL_TYPE_INTEGER, "Secret", 0, 9, 1, 3, .flags = V4L2_CTRL_FLAG_WRITE_ONLY },
	{ CID_OWN + 5, V4L2_CTRL_TYPE_INTEGER, "Count", 0, 9, 1, 7, .flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_VOLATILE },
	{ CID_OWN + 6, V4L2_CTRL_TYPE_INTEGER, "Taken", 0, 9, 1, 0, .flags = V4L2_CTRL_FLAG_GRABBED },
	{ CID_OWN + 7, V4L2_CTRL_TYPE_INTEGER, "Off", 0, 9, 1, 0, .flags = V4L2_CTRL_FLAG_DISABLED },
	{ V4L2_CID_CAMERA_CLASS, V4L2_CTRL_TYPE_CTRL_CLASS, "Camera Controls", 0, 0, 0, 0,
	  .flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY },
	{ V4L2_CID_EXPOSURE_AUTO, V4L2_CTRL_TYPE_MENU, "Auto Exposure", 0, 3, 1, 3, .items = exposures, .few = true },
	{ V4L2_CID_EXPOSURE_ABSOLUTE, V4L2_CTRL_TYPE_INTEGER, "Exposure Time, Absolute", 3, 2047, 1, 250,
	  .master = V4L2_CID_EXPOSURE_AUTO, .manual = 1, .few = true },
	{ V4L2_CID_PAN_RESET, V4L2_CTRL_TYPE_BUTTON, "Pan, Reset", 0, 0, 0, 0, .flags = V4L2_CTRL_FLAG_WRITE_ONLY },
};
#define NCTRLS ((int)(sizeof ctrls / sizeof *ctrls))

/* Those that VIDIOC_G_CTRL and VIDIOC_S_CTRL know (is_int in v4l2-ctrls-core.c). */
static bool is_int(const struct ctrl *k)
{
	return k->type != V4L2_CTRL_TYPE_STRING && k->type != V4L2_CTRL_TYPE_INTEGER64 && k->type != V4L2_CTRL_TYPE_CTRL_CLASS;
}

static const char *menu_item(const struct ctrl *k, uint32_t index)
{
	return k->items && index <= (uint32_t)k->max ? k->items[index] : NULL;
}
