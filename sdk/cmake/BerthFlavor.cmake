# berth_install_flavor(TARGET [DESTINATION directory]): cmake --install puts the plugin where berth finds it: for this
# user, or into another directory of the search path.
function(berth_install_flavor target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DESTINATION" "")
  set(directory "${arg_DESTINATION}")
  if(NOT directory)
    set(data "$ENV{XDG_DATA_HOME}")
    if(NOT IS_ABSOLUTE "${data}")
      set(data "$ENV{HOME}/.local/share")
    endif()
    set(directory "${data}/berth/flavors")
  endif()
  install(TARGETS ${target} LIBRARY DESTINATION "${directory}")
endfunction()

# berth_add_flavor(NAME file…), or berth_add_flavor(NAME SOURCES file…): the plugin NAME.so, which exports its descriptor
# and nothing else. NAME is also the target's.
function(berth_add_flavor name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  set(sources ${arg_UNPARSED_ARGUMENTS} ${arg_SOURCES})
  if(NOT sources)
    message(FATAL_ERROR "berth_add_flavor(${name}) has no sources: berth_add_flavor(NAME file…)")
  endif()
  set(map "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/berth_flavor.map")
  add_library(${name} MODULE ${sources})
  target_link_libraries(${name} PRIVATE berth::sdk)
  target_link_options(${name} PRIVATE "-Wl,--version-script=${map}" -Wl,--exclude-libs,ALL)
  set_target_properties(${name} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
                                           VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS "${map}")
endfunction()
