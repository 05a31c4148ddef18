/* The binary contract between berth and a flavor plugin, in C.
 *
 * A plugin is one shared object that exports one symbol, berth_plugin_0, of type `const berth_plugin`, and carries one
 * ELF note that says the same of itself without being loaded. Authors in C++ include container_registry.hpp instead,
 * which writes both.
 *
 * Rules for everything here
 * - Strings are {pointer, length} of UTF-8, not terminated, borrowed for the duration of the call that passes them.
 *   What comes back goes through a berth_sink, which copies. Texts of a plugin that are longer than 4,096 bytes are
 * cut.
 * - A struct that may grow begins with its size in bytes, as the side that made it knows it; fields are only ever
 *   appended. Read no field that lies beyond `size`. The elements of an array carry no size of their own: go from one
 *   to the next by the stride that stands beside the array. berth_string and berth_sink never change.
 * - No exception crosses the boundary, nothing is freed by the other side.
 * - [main thread] Every function of a plugin is called from one thread, one call at a time: create; then
 *   prepare_image_push, push_image and the functions of capabilities in any number and order; then destroy, unless the
 *   process ends before. A capability's function may also be called while another function of the plugin waits for the
 *   host, inside a function of a service: hold no lock there. The functions of berth_call and of the services may be
 *   called from that thread alone, and only until the plugin's function returns; else they are refused
 * (BERTH_STATUS_REFUSED, null, or nothing happens). `now` may be called anywhere.
 * - A plugin may start threads. It runs in a process of its own, without network, files, environment or children; what
 *   it may ask of the host is in berth_call and the services that its `query` finds. It is never unloaded.
 * - Limits, in the plugin's own time (host calls but those of crypto/1 not counted): loading and create 2 s each, every
 *   other call 5 s, destroy 1 s; 1,000 calls of `log`, `report`, `cancelled` and the services together within one call;
 *   60 s of processor time and 2 GiB of address space for the whole process. A plugin that exceeds one is terminated,
 *   and the error names the limit.
 *
 * Version: major 0 may still change; CHANGELOG.md says how.
 */
#ifndef BERTH_ABI_H
#define BERTH_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_ABI_MAJOR 0
#define BERTH_ABI_MINOR 1

/* Whether the struct that `pointer` points to, as the other side knows it, is long enough to hold `field`. */
#define BERTH_HAS(pointer, field) \
  ((pointer)->size >= (size_t)((const char*)&(pointer)->field - (const char*)(pointer)) + sizeof((pointer)->field))

/* The exported symbol carries the major version. */
#define BERTH_PLUGIN_SYMBOL "berth_plugin_0"

/* Statuses. Other values are treated as BERTH_STATUS_FAILED. */
#define BERTH_STATUS_OK 0
#define BERTH_STATUS_FAILED 1    /* what went wrong is in the sink */
#define BERTH_STATUS_REFUSED 2   /* not permitted: wrong thread, second push; from create: bad URI or settings */
#define BERTH_STATUS_NOT_FOUND 3 /* there is no such thing; not an error by itself */
#define BERTH_STATUS_CANCELLED 4 /* the user ended berth: return at once */
#define BERTH_STATUS_DENIED \
  5 /* as BERTH_STATUS_FAILED: the credentials are not authorized, so that the result is unknown */

/* Severities of a finding; other values are treated as BERTH_SEVERITY_ERROR. An error keeps the image from being
 * pushed. */
#define BERTH_SEVERITY_INFO 0
#define BERTH_SEVERITY_WARNING 1
#define BERTH_SEVERITY_ERROR 2

/* Types of a setting's value. */
#define BERTH_TYPE_STRING 0
#define BERTH_TYPE_INTEGER 1
#define BERTH_TYPE_NUMBER 2
#define BERTH_TYPE_BOOLEAN 3

typedef struct berth_string {
  const char* data;
  size_t size;
} berth_string;

/* Takes one text; a second write replaces the first. Owned by the caller, valid during the call. */
typedef struct berth_sink {
  void* context;
  void (*write)(void* context, berth_string text);
} berth_sink;

/* One setting of the container registry, typed by the flavor's schema, defaults filled in. */
typedef struct berth_setting {
  berth_string key;
  int32_t type;
  berth_string string; /* BERTH_TYPE_STRING */
  int64_t integer;     /* BERTH_TYPE_INTEGER; BERTH_TYPE_BOOLEAN: 0 or 1 */
  double number;       /* BERTH_TYPE_NUMBER */
} berth_setting;

/* What a flavor is created with. */
typedef struct berth_create_options {
  uint32_t size;
  berth_string uri; /* "ghcr.io/acme", "oci:/srv/images" */
  const berth_setting* settings;
  size_t setting_count;
  size_t setting_size; /* the stride of `settings` */
  /* With BERTH_STATUS_REFUSED: `fix` takes the user's next step, `code` the code that describes the failure,
   * "acme.uri": the flavor's name, a dot, and [a-z0-9.-]. Each may be left unwritten. */
  const berth_sink* fix;
  const berth_sink* code;
} berth_create_options;

/* One blob of the image. */
typedef struct berth_blob {
  berth_string media_type;
  berth_string digest; /* empty while it is not compressed yet */
  uint64_t bytes;      /* exact with a digest, else an upper bound */
} berth_blob;

/* The image that is to be pushed. */
typedef struct berth_image {
  uint32_t size;
  berth_string reference;       /* the full destination: "ghcr.io/acme/app:1.2" */
  berth_string repository;      /* below the container registry's uri: "app"; empty: the uri itself */
  berth_string repository_path; /* below the host: "acme/app" */
  berth_string tag;             /* empty with a digest reference */
  int32_t has_content;          /* 0: `check` without a source; then nothing below is known */
  berth_string digest;          /* of the manifest; empty while layers are not compressed yet */
  berth_string media_type;      /* of the manifest */
  const berth_blob* blobs;      /* config and layers */
  size_t blob_count;
  size_t blob_size;              /* the stride of `blobs` */
  const berth_string* platforms; /* "linux/amd64" */
  size_t platform_count;
} berth_image;

/* One result of validation. */
typedef struct berth_finding {
  uint32_t size;
  int32_t severity;
  berth_string code;    /* stable, lower case, "FLAVOR.what": "acme.repository" */
  berth_string message; /* one sentence for a person, lower case, no full stop */
  berth_string fix;     /* what to do; empty: none known */
} berth_finding;

/* What the host offers during one call. `context` goes to every function of it and of its services. */
typedef struct berth_call {
  uint32_t size;
  void* context;
  /* A line for whoever asked with -v. Escaped by the host. */
  void (*log)(void* context, berth_string text);
  /* Milliseconds since 1970-01-01T00:00:00Z. */
  int64_t (*now)(void* context);
  /* 1 once the user has ended berth: a quarter of a second later the process is ended, too. */
  int32_t (*cancelled)(void* context);
  /* Adds a finding to this call. From another thread, or with a size that is too small, it is a breach of contract,
   * because a finding would be lost: the call fails. */
  void (*report)(void* context, const berth_finding* finding);
  /* A service by id ("registry/1"), valid during the call; null: this host or this call does not have it. */
  const void* (*query)(void* context, berth_string id);
  /* The user's next step, shown with the error that this function of the plugin returns ("acme login --profile dev");
   * a second replaces the first. Ignored if the function succeeds. Test for it with BERTH_HAS. */
  void (*set_fix)(void* context, berth_string fix);
} berth_call;

/* Service "registry/1": questions to this container registry, asked with the user's credential. Needs no permission.
 * Absent offline and for layouts. Repositories are named below the container registry's uri, as in
 * berth_image.repository: others cannot be asked about. BERTH_STATUS_FAILED leaves a sentence in `error`; a flavor that
 * then fails with the same sentence has not failed itself: the user sees the registry's error. */
#define BERTH_REGISTRY_1 "registry/1"
typedef struct berth_registry_1 {
  uint32_t size;
  /* Whether the host is a container registry that lets the user in. */
  int32_t (*probe)(void* context, const berth_sink* error);
  /* The digest that a tag (or digest) of a repository stands for. BERTH_STATUS_NOT_FOUND: none. */
  int32_t (*manifest_digest)(void* context, berth_string repository, berth_string reference, const berth_sink* digest,
                             const berth_sink* error);
  /* The size of a blob in a repository. BERTH_STATUS_NOT_FOUND: it is not there. */
  int32_t (*blob_size)(void* context, berth_string repository, berth_string digest, uint64_t* bytes,
                       const berth_sink* error);
  /* What a token for these actions ("pull,push") grants of them on a repository ("pull"). BERTH_STATUS_NOT_FOUND: the
   * registry has no tokens, or they do not tell. Some registries make the repository when asked for push: with
   * `has_side_effects` 1 the question is refused (BERTH_STATUS_REFUSED) unless something may be created in this call.
   */
  int32_t (*granted_actions)(void* context, berth_string repository, berth_string actions, int32_t has_side_effects,
                             const berth_sink* granted, const berth_sink* error);
  /* Opens an upload session and deletes it, which alone tells whether one may push where tokens do not.
   * `has_side_effects` as above. */
  int32_t (*check_push_permission)(void* context, berth_string repository, int32_t has_side_effects,
                                   const berth_sink* error);
  /* A question to the registry's own host, beside the protocol. `method`: GET or HEAD; `path` with a query:
   * "/acr/v1/a"; below "/v2/" only what is below the uri. `scope`: what it needs of a token
   * ("repository:a/b:metadata_read", below the uri), or empty. `unauthenticated` 1: without the user's credential.
   * BERTH_STATUS_OK whatever the status; `headers` receives the fields of the answer, a line each, names in lower case;
   * `body` at most 1 MiB. */
  int32_t (*request)(void* context, berth_string method, berth_string path, berth_string scope, int32_t unauthenticated,
                     int32_t* status, const berth_sink* headers, const berth_sink* body, const berth_sink* error);
  /* 1: something may be created in this call (a push, or a check that was told so): questions with `has_side_effects` 1
   * are answered. */
  int32_t (*side_effects_allowed)(void* context);
  /* The credentials that requests to the registry carry, without the secret. `username`: empty for a token; `source`:
   * where they were found, for people. BERTH_STATUS_NOT_FOUND: there are none. Reads the user's credential files and
   * helpers, sends nothing to the registry. */
  int32_t (*account)(void* context, const berth_sink* username, const berth_sink* source, const berth_sink* error);
} berth_registry_1;

/* Service "push/1": carries out this call's plan, once, and proves it. Takes no destination. Present in push_image. */
#define BERTH_PUSH_1 "push/1"
typedef struct berth_push_1 {
  uint32_t size;
  /* `digest` receives the digest that was proven to be stored. BERTH_STATUS_REFUSED: a finding of severity error was
   * reported in this call, or this is the second push, which is a breach of contract. */
  int32_t (*push)(void* context, const berth_sink* digest, const berth_sink* error);
} berth_push_1;

/* Services "env/1", "file/1", "exec/1", "http/1" and "crypto/1": present in every call. All but the last answer what
 * the plugin's permissions (BERTH_NOTE_PERMISSION) allow; everything else is BERTH_STATUS_REFUSED, and `error` says
 * which permission is missing. What is longer than its limit is BERTH_STATUS_REFUSED, too. What is given on may hold
 * any bytes. */
#define BERTH_ENV_1 "env/1"
typedef struct berth_env_1 {
  uint32_t size;
  /* A variable of the environment in which berth runs. BERTH_STATUS_NOT_FOUND: it is not set. Permission "env:NAME". */
  int32_t (*get)(void* context, berth_string name, const berth_sink* value, const berth_sink* error);
} berth_env_1;

#define BERTH_FILE_1 "file/1"
typedef struct berth_file_1 {
  uint32_t size;
  /* The bytes of a regular file of at most 1 MiB. `path` is absolute or begins with "~/". BERTH_STATUS_NOT_FOUND: it is
   * not there. A symbolic link may not lead out of the folder that the permission names. Permission "file:PATTERN". */
  int32_t (*read)(void* context, berth_string path, const berth_sink* bytes, const berth_sink* error);
} berth_file_1;

#define BERTH_EXEC_1 "exec/1"
typedef struct berth_exec_1 {
  uint32_t size;
  /* Runs a program with berth's environment to its end, without a shell: argv[0] is a path or found in PATH; at most
   * 256 arguments; they and `input`, at most 1 MiB. After 30 s, or 1 MiB of `out` or of `err`, it is killed with every
   * process that it started: BERTH_STATUS_FAILED. BERTH_STATUS_OK: it ended by itself, with *exit_status (128 + the
   * signal that killed it). BERTH_STATUS_NOT_FOUND: there is no such program. Permission "exec:PROGRAM". */
  int32_t (*run)(void* context, const berth_string* argv, size_t argument_count, berth_string input,
                 int32_t* exit_status, const berth_sink* out, const berth_sink* err, const berth_sink* error);
} berth_exec_1;

/* One header. Never changes, as berth_string. */
typedef struct berth_http_header {
  berth_string name;
  berth_string value;
} berth_http_header;

/* One of a batch; berth_http_1.send is given their stride. */
typedef struct berth_http_request {
  berth_string method;              /* GET, HEAD, POST, PUT, PATCH, DELETE */
  berth_string url;                 /* http or https, as the permission has it */
  const berth_http_header* headers; /* at most 64. Host, Content-Length and what concerns the connection are berth's */
  size_t header_count;
  /* To a host of a permission "credentials:HOST", the host replaces BERTH_USERNAME_PLACEHOLDER and
   * BERTH_PASSWORD_PLACEHOLDER in it by the user's credentials for the container registry, escaped for the request's
   * Content-Type: application/json or application/x-www-form-urlencoded. The plugin does not see them: they are also
   * removed from the response. Only where the service registry/1 is present; BERTH_STATUS_FAILED: there are no such
   * credentials. */
  berth_string body;
  int64_t timeout_ms; /* 1 to 30,000 for connecting (at most 10,000), for the first byte, and for the rest; 0: 30,000 */
  int32_t repeatable; /* 1: executing it twice is harmless, as of a POST that only reads; see `send` */
} berth_http_request;

#define BERTH_USERNAME_PLACEHOLDER "{{berth:username}}"
#define BERTH_PASSWORD_PLACEHOLDER "{{berth:password}}"

typedef struct berth_http_response {
  uint32_t size;
  int32_t status;                   /* 0: no answer came, and `error` says why */
  size_t index;                     /* of its request */
  const berth_http_header* headers; /* names in lower case */
  size_t header_count;
  berth_string body; /* at most 4 MiB each and 8 MiB in all: more is an answer that did not come */
  berth_string error;
} berth_http_response;

/* Takes one response; borrowed until it returns. */
typedef struct berth_http_sink {
  void* context;
  void (*take)(void* context, const berth_http_response* response);
} berth_http_sink;

#define BERTH_HTTP_1 "http/1"
typedef struct berth_http_1 {
  uint32_t size;
  /* Sends at most 16 requests of together 1 MiB at once, and gives on a response for each, in order. TLS is checked;
   * proxies are those of berth's environment; redirects are not followed. BERTH_STATUS_REFUSED: one is not permitted,
   * and none was sent. Permission "http:PATTERN": it does not lead to loopback, link-local and metadata addresses,
   * unless it is that very literal ("http:http://127.0.0.1"), or a variable or a key names the host. A request is sent
   * up to five times, with growing delays or those of `Retry-After`; no attempt begins later than timeout_ms after the
   * first. GET, HEAD, PUT, DELETE and what is `repeatable` are repeated if no connection is made (once, and only with a
   * timeout of 10 s or more), if the connection is lost, and after 408, 429, 500, 502, 503 and 504; POST and PATCH if
   * no connection is made, and after 429 or 503 with `Retry-After`, which are taken to mean that the request was not
   * executed. RFC 9110 does not promise that of 503: a plugin whose request creates something must accept that it
   * exists already. */
  int32_t (*send)(void* context, const berth_http_request* requests, size_t request_count, size_t request_size,
                  const berth_http_sink* responses, const berth_sink* error);
} berth_http_1;

/* Needs no permission. What goes in is at most 1 MiB. */
#define BERTH_CRYPTO_1 "crypto/1"
typedef struct berth_crypto_1 {
  uint32_t size;
  int32_t (*sha256)(void* context, berth_string data, const berth_sink* digest, const berth_sink* error);
  int32_t (*hmac_sha256)(void* context, berth_string key, berth_string data, const berth_sink* code,
                         const berth_sink* error);
  /* RSASSA-PKCS1-v1_5 with SHA-256. `pem`: a private RSA key, PKCS#8 or PKCS#1, not encrypted. */
  int32_t (*sign_rs256)(void* context, berth_string pem, berth_string data, const berth_sink* signature,
                        const berth_sink* error);
} berth_crypto_1;

/* An error message of the registry. */
typedef struct berth_registry_error {
  uint32_t size;
  berth_string code;       /* berth's own: "push.blob-denied" */
  berth_string message;    /* the registry's: "403 DENIED: requested access to the resource is denied" */
  berth_string repository; /* below the host: "acme/app" */
} berth_registry_error;

/* Capability "credentials/1" of a flavor: it provides the credential for its container registry. The host asks once a
 * credential is needed and nothing that stands before the flavor has one (what a person gave or set,
 * REGISTRY_AUTH_FILE); again when the credential is about to end, and when it was refused, once for each request. */
#define BERTH_CREDENTIALS_1 "credentials/1"

/* Kinds of a credential; other values are a breach of contract. */
#define BERTH_CREDENTIAL_PASSWORD 0       /* a user name and a secret: sent as they are, or exchanged for a token */
#define BERTH_CREDENTIAL_IDENTITY_TOKEN 1 /* a refresh token, exchanged with the registry's token service */
#define BERTH_CREDENTIAL_REGISTRY_TOKEN 2 /* a bearer token, sent as it is */

typedef struct berth_credential_request {
  uint32_t size;
  berth_string host;         /* "registry.example.com" */
  berth_string repository;   /* below the host: "acme/app"; empty: none */
  int32_t previous_rejected; /* 1: the registry refused what was given last */
  berth_string username;     /* the setting: another user's credential is not taken; empty: anybody's is */
} berth_credential_request;

typedef struct berth_credential {
  uint32_t size;
  int32_t kind;
  berth_string username; /* of a password: 1 to 255 bytes, no colon; else empty */
  berth_string secret;   /* 1 to 65,536 bytes without control characters; of tokens: printable ASCII without spaces */
  int64_t expires_at;    /* seconds since 1970-01-01T00:00:00Z; 0: not known */
  berth_string source;   /* where it was found, for people: "environment ACME_TOKEN". Never the secret */
} berth_credential;

/* Takes one credential, and copies it; a second replaces the first. */
typedef struct berth_credential_sink {
  void* context;
  void (*take)(void* context, const berth_credential* credential);
} berth_credential_sink;

typedef struct berth_credentials_1 {
  uint32_t size;
  /* [main thread] Findings cannot be reported here, and neither the registry nor the push be asked for.
   * BERTH_STATUS_OK: the sink was given a credential. BERTH_STATUS_NOT_FOUND: the flavor has none, and `error` may say
   * why; the host goes on with what other tools keep. BERTH_STATUS_REFUSED: what it would come from is broken, which is
   * the user's to mend: `error` says what and where. */
  int32_t (*credential)(void* flavor, const berth_call* call, const berth_credential_request* question,
                        const berth_credential_sink* credential, const berth_sink* error);
  /* [main thread] Whether the registry's 403 to a request with the credential that was returned last means that it has
   * expired: then `credential` is called with `previous_rejected` 1, and the request is sent once more. 1: yes. Not
   * called for 401, which always leads to that. The message of `rejection` may be only "403". No service of the host
   * but `now` and `log`. May be null. */
  int32_t (*is_expired)(void* flavor, const berth_call* call, const berth_registry_error* rejection);
} berth_credentials_1;

/* Capability "explanations/1" of a flavor: it knows what its registry means by an error that misleads. The host asks
 * once when a push or a check has failed because of what the registry said. */
#define BERTH_EXPLANATIONS_1 "explanations/1"

typedef struct berth_explanations_1 {
  uint32_t size;
  /* [main thread] Findings cannot be reported here, and neither the registry nor the push be asked for.
   * BERTH_STATUS_OK: `cause` was written, and `fix` may be. BERTH_STATUS_NOT_FOUND: there is nothing to add. Else
   * berth's own words stand. */
  int32_t (*explain)(void* flavor, const berth_call* call, const berth_registry_error* registry_error,
                     const berth_sink* cause, const berth_sink* fix, const berth_sink* error);
} berth_explanations_1;

/* Capability "upload-rules/1" of a flavor: how its registry takes the bytes of a blob. */
#define BERTH_UPLOAD_RULES_1 "upload-rules/1"

/* Given with what berth does without the capability: 0, 1, 0, 0, 0. What contradicts itself is a breach of contract. */
typedef struct berth_upload_rules {
  uint32_t size;
  int32_t monolithic; /* 1: a blob goes in one request, never in several; then there are no chunks */
  int32_t
      allow_unknown_length; /* 0: every request has Content-Length; what is not compressed yet is compressed twice */
  int32_t verify_range;    /* 1: `Range` after a PATCH confirms what is stored; all else is sent again, then an error */
  uint64_t max_chunk_size; /* bytes of one request, at least 65,536; 0: any number, and a blob goes in one */
  uint64_t min_chunk_size; /* bytes of every request but a blob's last: at most 32 MiB and max_chunk_size */
} berth_upload_rules;

typedef struct berth_upload_rules_1 {
  uint32_t size;
  /* [main thread] Asked once, after create and within its time; holds as long as the flavor lives. No service can be
   * called. BERTH_STATUS_OK: `rules` is what holds. Else the flavor cannot be used, and `error` says why. */
  int32_t (*rules)(void* flavor, berth_upload_rules* rules, const berth_sink* error);
} berth_upload_rules_1;

/* The plugin's descriptor: constant, complete when the shared object is loaded. All functions: [main thread]. */
typedef struct berth_plugin {
  uint32_t size;
  uint32_t abi_major;
  uint32_t min_host_minor; /* the lowest BERTH_ABI_MINOR of a host that this plugin runs in */
  const uint8_t* metadata; /* the note's descriptor, the same bytes */
  size_t metadata_size;
  /* Makes the flavor of one container registry; `options` ends with the call. BERTH_STATUS_OK: *flavor is set, not
   * null. BERTH_STATUS_REFUSED: the uri or the settings are not for this flavor, and `error` says why. Else `flavor` is
   * not looked at, and destroy is not called. */
  int32_t (*create)(const berth_create_options* options, void** flavor, const berth_sink* error);
  /* Ends what create made. Nothing that was pushed depends on it. */
  void (*destroy)(void* flavor);
  /* An optional power of the flavor by id; null: it does not have it. What it gives lives as long as the flavor. */
  const void* (*query)(void* flavor, berth_string id);
  /* Judges the image: reports findings, moves nothing. BERTH_STATUS_FAILED: it could not be judged. */
  int32_t (*prepare_image_push)(void* flavor, const berth_call* call, const berth_image* image,
                                const berth_sink* error);
  /* Pushes the image through the service push/1, after judging it. `digest` receives what was pushed; nothing is
   * written where findings of severity error stopped it. The host believes its own record alone. */
  int32_t (*push_image)(void* flavor, const berth_call* call, const berth_image* image, const berth_sink* digest,
                        const berth_sink* error);
} berth_plugin;

/* The note
 *
 * One allocated ELF note (section .note.berth, found through PT_NOTE), owner "berth", type 1, of at most 1 MiB. Its
 * descriptor, little endian: u32 major, u32 min_host_minor, then at most 256 entries of {u16 key, u32 length, bytes} in
 * any order. Claims, permissions and findings may repeat, the others may not; unknown keys are skipped. Texts are clean
 * UTF-8 of at most 512 bytes (the schema may be longer).
 */
#define BERTH_NOTE_OWNER "berth"
#define BERTH_NOTE_TYPE 1
#define BERTH_NOTE_FLAVOR 1      /* [a-z0-9][a-z0-9-]*, at most 63 bytes; once */
#define BERTH_NOTE_VERSION 2     /* once */
#define BERTH_NOTE_DESCRIPTION 3 /* one sentence */
#define BERTH_NOTE_SETTINGS 4    /* the schema of its settings: a flat subset of JSON Schema, see sdk/README.md */
#define BERTH_NOTE_CLAIM 5       /* hosts: "*.example.com", "registry.example.com", "registry.example.com:5000", "*" */
/* "env:NAME"; "file:CHOICES", "exec:CHOICES", "http:CHOICES", or "KIND:{KEY in CHOICES}" for what a file says under a
 * key (JSON, or lines of KEY = VALUE). CHOICES are separated by |, and the first counts whose variables are set. Of
 * files: "/PATH", "~/PATH", "$NAME", "$NAME/PATH", where a * in PATH stands for anything but a slash; of programs: a
 * name, "/PATH", "$NAME"; of hosts: "example.com", "*.example.com", with ":PORT", after "http://" where TLS is not
 * spoken, "$NAME". "credentials:HOST", "credentials:HOST:PORT": requests of http/1 to that host, which use TLS, may
 * carry the user's credentials for the container registry. */
#define BERTH_NOTE_PERMISSION 6
#define BERTH_NOTE_USERNAME_HINT 7 /* what `berth login` takes as a user name: "your Acme id" */
#define BERTH_NOTE_PASSWORD_HINT \
  8 /* what it takes as a password, and where that is made: "a token of acme.example/me" */
/* A kind of finding: its code, its severity (info, warning, error), what it means; a space between them. */
#define BERTH_NOTE_FINDING 9

#ifdef __cplusplus
}
#endif

#endif
