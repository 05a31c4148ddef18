// The commands of berth, one file each.
#pragma once

#include "cli/command.hpp"

namespace berth::cli {

// All of them, with the options of every command.
Command root_command();

Command push_command();
Command check_command();
Command inspect_command();
Command tags_command();
Command digest_command();
Command delete_image_command();
Command doctor_command();
Command explain_command();
Command login_command();
Command logout_command();
Command version_command();
Command completion_command();

Command register_command();
Command list_command();
Command describe_command();
Command get_command();
Command use_command();
Command update_command();
Command rename_command();
Command copy_command();
Command delete_command();

Command flavor_check_command();
Command flavor_list_command();
Command flavor_new_command();
Command flavor_describe_command();
Command flavor_register_command();
Command flavor_delete_command();
Command flavor_why_command();

}  // namespace berth::cli
