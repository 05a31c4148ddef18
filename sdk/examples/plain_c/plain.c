/* A flavor in plain C that includes only abi.h: warns about the tag "latest".
 * cc -std=c99 -shared -fPIC -I sdk/include plain.c -o plain.so */
#include <berth/abi.h>
#include <string.h>

/* Entries of {key, length, bytes}, little endian: the flavor's name and version. */
#define METADATA     \
  "\0\0\0\0\0\0\0\0" \
  "\1\0\5\0\0\0"     \
  "plain"            \
  "\2\0\5\0\0\0"     \
  "1.0.0"
#define METADATA_SIZE (sizeof(METADATA) - 1)

static const struct {
  uint32_t owner_size, size, type;
  char owner[8];
  char metadata[sizeof(METADATA)];
} note __attribute__((section(".note.berth"), used, aligned(4))) = {
    sizeof(BERTH_NOTE_OWNER), METADATA_SIZE, BERTH_NOTE_TYPE, BERTH_NOTE_OWNER, METADATA};

static int the_flavor; /* it has no state */

static berth_string text(const char* chars) {
  berth_string result;
  result.data = chars;
  result.size = strlen(chars);
  return result;
}

static int32_t create(const berth_create_options* options, void** flavor, const berth_sink* error) {
  (void)options;
  (void)error;
  *flavor = &the_flavor;
  return BERTH_STATUS_OK;
}

static void destroy(void* flavor) { (void)flavor; }

static const void* query(void* flavor, berth_string id) {
  (void)flavor;
  (void)id;
  return NULL;
}

static int32_t prepare(void* flavor, const berth_call* call, const berth_image* image,
                       const berth_sink* error) {
  (void)flavor;
  (void)error;
  if (image->tag.size == 6 && memcmp(image->tag.data, "latest", 6) == 0) {
    berth_finding finding;
    finding.size = sizeof finding;
    finding.severity = BERTH_SEVERITY_WARNING;
    finding.code = text("plain.latest");
    finding.message = text("the tag latest does not name a version");
    finding.fix = text("push a tag that names the version");
    call->report(call->context, &finding);
  }
  return BERTH_STATUS_OK;
}

static int32_t push(void* flavor, const berth_call* call, const berth_image* image,
                    const berth_sink* digest, const berth_sink* error) {
  const berth_push_1* service = call->query(call->context, text(BERTH_PUSH_1));
  const int32_t status = prepare(flavor, call, image, error);
  if (status != BERTH_STATUS_OK || service == NULL) return BERTH_STATUS_FAILED;
  return service->push(call->context, digest, error);
}

__attribute__((visibility("default"))) extern const berth_plugin berth_plugin_0;
const berth_plugin berth_plugin_0 = {
    sizeof(berth_plugin),     BERTH_ABI_MAJOR, 0, /* any host of this major version */
    (const uint8_t*)METADATA, METADATA_SIZE,   create, destroy, query, prepare, push};
