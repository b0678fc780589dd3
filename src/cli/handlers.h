// The functions behind the rows of the command table, grouped by file.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

// run_commands.cc
Result<Output> run_serve(const Arguments& arguments);
Result<Output> run_run(const Arguments& arguments);

// init_command.cc
Result<Output> run_init(const Arguments& arguments);

// file_commands.cc: without a store
Result<Output> run_lint(const Arguments& arguments);
Result<Output> run_version(const Arguments& arguments);
std::string_view program_version();
Result<Output> run_docs(const Arguments& arguments);

// catalogues.cc
Result<Output> run_provider_settings(const Arguments& arguments);
Result<Output> run_reason_list(const Arguments& arguments);
Result<Output> run_alert_kinds(const Arguments& arguments);
Result<Output> run_service_show(Context& context, const Arguments& arguments);
// A job's settings as `job put` takes them.
Json settings_json(const config::JobSettings& settings);
// From what to what: [{"setting", "from", "to"}], null where it is not set.
Json changed_settings(const config::JobSettings& before, const config::JobSettings& after);

// apply_commands.cc
Result<Output> run_apply(Context& context, const Arguments& arguments);
Result<Output> run_job_put(Context& context, const Arguments& arguments);

// plan_command.cc
Result<Output> run_plan(Context& context, const Arguments& arguments);
Result<Output> run_job_plan(Context& context, const Arguments& arguments);

// verb_commands.cc
Result<Output> run_job_start(Context& context, const Arguments& arguments);
Result<Output> run_job_pause(Context& context, const Arguments& arguments);
Result<Output> run_job_resume(Context& context, const Arguments& arguments);
Result<Output> run_job_restart(Context& context, const Arguments& arguments);
Result<Output> run_job_resync(Context& context, const Arguments& arguments);
Result<Output> run_job_flush(Context& context, const Arguments& arguments);
Result<Output> run_job_release(Context& context, const Arguments& arguments);
Result<Output> run_job_discard(Context& context, const Arguments& arguments);
Result<Output> run_job_retry(Context& context, const Arguments& arguments);
Result<Output> run_job_stop(Context& context, const Arguments& arguments);
Result<Output> run_job_keep(Context& context, const Arguments& arguments);
Result<Output> run_job_delete(Context& context, const Arguments& arguments);

// import_commands.cc
Result<Output> run_import_begin(Context& context, const Arguments& arguments);
Result<Output> run_import_list(Context& context, const Arguments& arguments);
Result<Output> run_import_show(Context& context, const Arguments& arguments);
Result<Output> run_import_release(Context& context, const Arguments& arguments);
Result<Output> run_import_discard(Context& context, const Arguments& arguments);

// upload_commands.cc
Result<Output> run_import_preview(const Arguments& arguments);
Result<Output> run_upload_add(const Arguments& arguments);
Result<Output> run_upload_list(Context& context, const Arguments& arguments);
Result<Output> run_upload_show(Context& context, const Arguments& arguments);
Result<Output> run_upload_import(Context& context, const Arguments& arguments);
Result<Output> run_upload_remove(Context& context, const Arguments& arguments);

// job_views.cc, record_views.cc, run_views.cc, request_views.cc, test_command.cc, why_command.cc
Result<Output> run_job_list(Context& context, const Arguments& arguments);
Result<Output> run_job_show(Context& context, const Arguments& arguments);
Result<Output> run_job_records(Context& context, const Arguments& arguments);
Result<Output> run_job_runs(Context& context, const Arguments& arguments);
Result<Output> run_job_requests(Context& context, const Arguments& arguments);
Result<Output> run_job_test(Context& context, const Arguments& arguments);
Result<Output> run_job_why(Context& context, const Arguments& arguments);

// history_views.cc
Result<Output> run_job_history(Context& context, const Arguments& arguments);

// job_export.cc
Result<Output> run_job_export(Context& context, const Arguments& arguments);

// data_views.cc
Result<Output> run_audience_list(Context& context, const Arguments& arguments);
Result<Output> run_audience_show(Context& context, const Arguments& arguments);
Result<Output> run_field_list(Context& context, const Arguments& arguments);
Result<Output> run_field_remove(Context& context, const Arguments& arguments);
Result<Output> run_audience_remove(Context& context, const Arguments& arguments);
Result<Output> run_profile_show(Context& context, const Arguments& arguments);

// deletion_commands.cc
Result<Output> run_profile_delete(Context& context, const Arguments& arguments);
Result<Output> run_profile_receipt(Context& context, const Arguments& arguments);

// backup_commands.cc
Result<Output> run_backup(Context& context, const Arguments& arguments);
Result<Output> run_restore(const Arguments& arguments);

// suspended_commands.cc
Result<Output> run_suspended_list(Context& context, const Arguments& arguments);
Result<Output> run_suspended_confirm(Context& context, const Arguments& arguments);

// store_commands.cc
Result<Output> run_doctor(Context& context, const Arguments& arguments);

// authorization_commands.cc
Result<Output> run_provider_list(const Arguments& arguments);
Result<Output> run_auth_list(Context& context, const Arguments& arguments);
Result<Output> run_auth_verify(Context& context, const Arguments& arguments);
Result<Output> run_auth_accounts(Context& context, const Arguments& arguments);

// list_command.cc
Result<Output> run_auth_lists(Context& context, const Arguments& arguments);

// credential_commands.cc
Result<Output> run_auth_add(Context& context, const Arguments& arguments);
Result<Output> run_auth_login(const Arguments& arguments);
Result<Output> run_auth_edit(Context& context, const Arguments& arguments);
Result<Output> run_auth_remove(Context& context, const Arguments& arguments);
Result<Output> run_list_forget(Context& context, const Arguments& arguments);
Result<Output> run_auth_rotate_key(Context& context, const Arguments& arguments);
Result<Output> run_sign_in_begin(Context& context, const Arguments& arguments);
Result<Output> run_sign_in_show(Context& context, const Arguments& arguments);
Result<Output> run_sign_in_save(Context& context, const Arguments& arguments);

// key_commands.cc
Result<Output> run_write_key_add(Context& context, const Arguments& arguments);
Result<Output> run_write_key_list(Context& context, const Arguments& arguments);
Result<Output> run_write_key_revoke(Context& context, const Arguments& arguments);
Result<Output> run_token_add(Context& context, const Arguments& arguments);
Result<Output> run_token_list(Context& context, const Arguments& arguments);
Result<Output> run_token_revoke(Context& context, const Arguments& arguments);

// access_commands.cc
Result<Output> run_audit_list(Context& context, const Arguments& arguments);
Result<Output> run_audit_verify(Context& context, const Arguments& arguments);

// security_commands.cc
Result<Output> run_security_events(Context& context, const Arguments& arguments);

// alert_commands.cc
Result<Output> run_alert_put(Context& context, const Arguments& arguments);
Result<Output> run_alert_list(Context& context, const Arguments& arguments);
Result<Output> run_alert_history(Context& context, const Arguments& arguments);
Result<Output> run_alert_remove(Context& context, const Arguments& arguments);
Result<Output> run_alert_test(Context& context, const Arguments& arguments);
Result<Output> run_webhook_add(Context& context, const Arguments& arguments);
Result<Output> run_webhook_list(Context& context, const Arguments& arguments);
Result<Output> run_webhook_remove(Context& context, const Arguments& arguments);
Result<Output> run_webhook_test(Context& context, const Arguments& arguments);

// user_commands.cc
Result<Output> run_user_claim(Context& context, const Arguments& arguments);
Result<Output> run_user_add(Context& context, const Arguments& arguments);
Result<Output> run_user_list(Context& context, const Arguments& arguments);
Result<Output> run_user_edit(Context& context, const Arguments& arguments);
Result<Output> run_user_reset(Context& context, const Arguments& arguments);
Result<Output> run_user_remove(Context& context, const Arguments& arguments);
Result<Output> run_session_list(Context& context, const Arguments& arguments);
Result<Output> run_session_revoke(Context& context, const Arguments& arguments);

// preview_command.cc, job_preview.cc
Result<Output> run_preview(const Arguments& arguments);
Result<Output> run_job_preview(Context& context, const Arguments& arguments);
// sample_command.cc
Result<Output> run_audience_sample(Context& context, const Arguments& arguments);
Result<Output> run_provider_fields(const Arguments& arguments);

// The configuration that a command without a store was given, loaded; every problem is told.
Result<config::Config> load_configuration(const std::string& path);
// The one that a command works by: it says where the store is.
Result<config::Config> configuration_for(const Parsed& parsed);
// What is read but should be written otherwise, a line each; the same for people.
std::vector<std::string> warnings_of(const config::Config& config, const std::string& path);
std::string warnings_text(const std::vector<std::string>& warnings);
// The path of --config, PINRELAY_CONFIG, or pinrelay.yaml.
std::string configuration_path(const std::string& given);

}  // namespace pinrelay::cli
