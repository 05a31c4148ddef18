/* A flavor in plain C that includes only abi.h: warns about the tag "latest".
 * cc -std=c99 -shared -fPIC -I sdk/include plain.c -o plain.so */
#include <berth/abi.h>
#include <string.h>

#define ENTRIES(ENTRY)                        \
  ENTRY(flavor, BERTH_NOTE_FLAVOR, "plain")   \
  ENTRY(version, BERTH_NOTE_VERSION, "1.0.0") \
  ENTRY(built_with, BERTH_NOTE_BUILT_WITH, BERTH_ABI_VERSION)
BERTH_C_NOTE(ENTRIES, 0)

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

BERTH_EXPORT extern const berth_plugin BERTH_PLUGIN_NAME;
const berth_plugin BERTH_PLUGIN_NAME = {
    sizeof(berth_plugin), BERTH_ABI_MAJOR,       0, /* any host of this major version */
    BERTH_C_METADATA,     BERTH_C_METADATA_SIZE, create, destroy, query, prepare, push};
