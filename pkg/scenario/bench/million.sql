-- Fills a database of Odoo 19 with what a company has after five years: opportunities, contacts, messages, entries of
-- crm-tool's, tracked changes, open activities, attachments, and answered questionnaires. Nothing in it is due.
--
--   SET crm_tool.opportunities = 1000000;  before this file says how many; there are six messages to each, and a
--                                          questionnaire to every tenth
--
-- A reminder went out for each opportunity at 7 days and at 15, and at 30 for those that stay active; the others were
-- archived then. Clients
-- wrote up to three hours ago. Ids and dates grow together, as in a database in use. The users are those of
-- .ci/odoo-template.py. Indexes and constraints are made anew after the rows, which is many times faster.

\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET maintenance_work_mem = '512MB';
SET work_mem = '256MB';
SET timezone = 'UTC';

CREATE TEMP TABLE filled (name regclass);
INSERT INTO filled VALUES
	('res_partner'), ('crm_lead'), ('mail_message'), ('mail_tracking_value'), ('mail_activity'), ('ir_attachment'), ('survey_user_input');

CREATE TEMP TABLE kept AS
	SELECT 2 AS step, format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make,
		format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS unmake
	FROM pg_constraint WHERE contype = 'f' AND conrelid IN (SELECT name FROM filled)
	UNION ALL
	SELECT 1, pg_get_indexdef(indexrelid), format('DROP INDEX %s', indexrelid::regclass)
	FROM pg_index i WHERE indrelid IN (SELECT name FROM filled) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid);

DO $$ DECLARE k record; BEGIN
	FOR k IN SELECT unmake FROM kept ORDER BY step DESC LOOP EXECUTE k.unmake; END LOOP;
END $$;

CREATE TEMP TABLE parameters AS SELECT
	current_setting('crm_tool.opportunities')::int AS n,
	(now() AT TIME ZONE 'UTC')::timestamp(0) AS today,
	(SELECT id FROM res_users WHERE login = 'bot') AS bot,
	(SELECT partner_id FROM res_users WHERE login = 'bot') AS bot_partner,
	(SELECT id FROM res_users WHERE login = 'sam') AS sam,
	(SELECT partner_id FROM res_users WHERE login = 'sam') AS sam_partner,
	(SELECT id FROM res_company ORDER BY id LIMIT 1) AS company,
	(SELECT res_id FROM ir_model_data WHERE module = 'sales_team' AND name = 'team_sales_department') AS team,
	(SELECT id FROM crm_stage WHERE is_won ORDER BY id LIMIT 1) AS won,
	(SELECT min(id) FROM crm_stage) AS new,
	(SELECT res_id FROM ir_model_data WHERE module = 'mail' AND name = 'mt_comment') AS discussions,
	(SELECT res_id FROM ir_model_data WHERE module = 'mail' AND name = 'mt_note') AS note,
	(SELECT res_id FROM ir_model_data WHERE module = 'mail' AND name = 'mt_activities') AS activities,
	(SELECT res_id FROM ir_model_data WHERE module = 'mail' AND name = 'mail_activity_data_call') AS call,
	(SELECT id FROM ir_model WHERE model = 'crm.lead') AS lead_model,
	(SELECT id FROM ir_model_fields WHERE model = 'crm.lead' AND name = 'stage_id') AS stage_field,
	(SELECT coalesce(max(id), 0) FROM res_partner) AS partners,
	(SELECT coalesce(max(id), 0) FROM crm_lead) AS leads,
	(SELECT max(id) FROM mail_message) AS messages,
	(SELECT res_id FROM ir_model_data WHERE module = 'sales_team' AND name = 'salesteam_website_sales') AS website;

-- Two opportunities a client.
INSERT INTO res_partner (name, complete_name, email, email_normalized, lang, type, active, is_company, partner_share, create_date, write_date,
	create_uid, write_uid, color, message_bounce)
SELECT 'Client ' || i, 'Client ' || i, 'client' || i || '@client.example', 'client' || i || '@client.example', 'en_US', 'contact', true, false, true,
	at, at, sam, sam, 0, 0
FROM parameters, generate_series(1, (n + 1) / 2) i, LATERAL (SELECT today - interval '1 day' * (1826.0 * (n - 2 * i + 1) / n + 1) AS at) x
ORDER BY i;

-- Every seventh old one was won, and stays active, as Odoo leaves it; one in two hundred, here and
-- there, was archived and restored.
CREATE TEMP TABLE leads AS
SELECT leads + i AS id, i, at,
	at::date <= today::date - 30 AS old,
	at::date <= today::date - 30 AND i % 7 = 0 AS is_won,
	at::date <= today::date - 30 AND i % 7 <> 0 AND (hashint4(i) & 2147483647) % 200 = 0 AS restored,
	i % 10 = 0 AS asked,
	partners + (i + 1) / 2 AS partner
FROM parameters, generate_series(1, n) i, LATERAL (SELECT today - interval '1 day' * (1826.0 * (n - i) / n + 1) AS at) x;

INSERT INTO crm_lead (id, name, type, active, partner_id, email_from, email_normalized, user_id, team_id, company_id, stage_id, priority,
	contact_name, probability, automated_probability, expected_revenue, won_status, date_open, date_last_stage_update, date_closed,
	create_date, write_date, create_uid, write_uid, message_bounce, color)
SELECT l.id, 'Opportunity ' || i, 'opportunity', NOT old OR is_won OR restored, partner,
	'client' || (i + 1) / 2 || '@client.example', 'client' || (i + 1) / 2 || '@client.example', sam, team, company,
	CASE WHEN is_won THEN won ELSE new END, '1', 'Client ' || (i + 1) / 2,
	CASE WHEN is_won THEN 100 ELSE 20 END, 20, 1000 + i % 5000, CASE WHEN is_won THEN 'won' ELSE 'pending' END, at, at + interval '1 day',
	CASE WHEN old THEN at + interval '30 days' END, at, at, sam, sam, 0, 0
FROM leads l, parameters ORDER BY l.id;
DO $$ BEGIN PERFORM setval('crm_lead_id_seq', (SELECT max(id) FROM crm_lead)); END $$;

-- The messages, by their times. The text of an entry of crm-tool's is a mail's.
CREATE TEMP TABLE written AS
SELECT messages + row_number() OVER (ORDER BY written_at, l.id, kind) AS id, l.id AS lead, l.i, partner, m.* FROM parameters p, leads l, LATERAL (VALUES
	('created', at, true),
	('stage', at + interval '1 day', at + interval '1 day' < today),
	('remind.7', (at::date + 7)::timestamp + interval '1 minute', at::date <= today::date - 7),
	('remind.15', (at::date + 15)::timestamp + interval '1 minute', at::date <= today::date - 15),
	('answer', at + interval '25 days', old AND i % 5 = 0 AND at + interval '25 days' < today - interval '3 hours'),
	('reply', at + interval '26 days', old AND i % 5 = 0),
	('call', at + interval '20 days', asked AND at + interval '20 days' < today - interval '1 hour'),
	('feedback', at + interval '20 days 1 minute', asked AND at + interval '20 days' < today - interval '1 hour'),
	('archive', (at::date + 30)::timestamp + interval '1 minute', old AND NOT is_won),
	('remind.30', (at::date + 30)::timestamp + interval '1 minute', is_won OR restored),
	('restored', at + interval '40 days', restored AND at + interval '40 days' < today)
) m (kind, written_at, there) WHERE there;

CREATE TEMP TABLE calls AS SELECT id, lead, written_at AS at FROM written WHERE kind = 'call';

INSERT INTO mail_message (id, model, res_id, subject, message_type, subtype_id, author_id, email_from, message_id, reply_to, body, date,
	create_date, write_date, create_uid, write_uid, is_internal, reply_to_force_new, email_add_signature, record_company_id, mail_activity_type_id)
SELECT w.id, 'crm.lead', w.lead, CASE WHEN ours OR kind IN ('answer', 'reply') THEN 'About opportunity ' || i END,
	CASE kind WHEN 'answer' THEN 'email' WHEN 'reply' THEN 'comment' WHEN 'created' THEN 'notification' WHEN 'stage' THEN 'notification'
		WHEN 'call' THEN 'notification' ELSE 'comment' END,
	CASE WHEN kind IN ('answer', 'reply', 'feedback') OR kind LIKE 'remind.%' THEN discussions WHEN kind = 'call' THEN activities ELSE note END,
	CASE WHEN kind = 'answer' THEN partner WHEN ours THEN bot_partner ELSE sam_partner END,
	CASE WHEN kind = 'answer' THEN 'client' || (i + 1) / 2 || '@client.example' ELSE 'sam@example.com' END,
	CASE WHEN kind LIKE 'remind.%' THEN format('<crm-tool.remind.%s.%s.%s@example.com>', w.lead, split_part(kind, '.', 2), md5(written_at::date::text))
		WHEN ours THEN format('<crm-tool.%s.%s.%s@example.com>', kind, CASE kind WHEN 'feedback' THEN calls.id ELSE w.lead END, md5(written_at::date::text))
		ELSE format('<%s.%s.%s@example.com>', md5(i::text), w.lead, kind) END,
	'info@example.com',
	CASE WHEN ours THEN '<p>Dear client ' || i || ',</p>' || repeat('<p>We wrote to you about our offer and hope that it suits you.</p>', 8)
		WHEN kind IN ('answer', 'reply') THEN '<p>Thank you. ' || repeat('We look at it and tell you more. ', 10) || '</p>' ELSE '' END,
	written_at, written_at, written_at, author, author, kind NOT IN ('answer', 'reply'), false, true, company, CASE WHEN kind = 'call' THEN call END
FROM written w LEFT JOIN calls ON calls.lead = w.lead, parameters, LATERAL (SELECT kind LIKE 'remind.%' OR kind IN ('archive', 'restored', 'feedback') AS ours) o,
	LATERAL (SELECT CASE WHEN ours THEN bot WHEN kind = 'answer' THEN 1 ELSE sam END AS author) a
ORDER BY w.id;
DO $$ BEGIN PERFORM setval('mail_message_id_seq', (SELECT max(id) FROM mail_message)); END $$;

-- Each finished call was asked about, at once, and answered.
INSERT INTO survey_survey (title, access_token, active, access_mode, questions_layout, questions_selection, progression_mode, scoring_type,
	survey_type, user_id, create_uid, write_uid, create_date, write_date, scoring_success_min)
SELECT '{"en_US": "Your opinion"}'::jsonb, md5('survey'), true, 'token', 'one_page', 'all', 'percent', 'no_scoring', 'survey', bot, bot, bot,
	today - interval '1826 days', today - interval '1826 days', 80 FROM parameters;

INSERT INTO survey_user_input (survey_id, state, access_token, invite_token, email, nickname, partner_id, lead_id, start_datetime, end_datetime, deadline,
	test_entry, create_date, write_date, create_uid, write_uid)
SELECT (SELECT id FROM survey_survey WHERE access_token = md5('survey')), 'done', md5('answer' || c.id), format('crm-tool:%s:%s:%s', c.lead, c.id, left(encode(sha256(('crm-tool participation ' || md5('answer' || c.id))::bytea), 'hex'), 32)),
	'client' || c.lead || '@client.example', 'crm-tool: done', NULL, c.lead, at + interval '1 hour', at + interval '2 hours', at + interval '14 days',
	false, at, at, bot, bot
FROM calls c, parameters ORDER BY c.id;

INSERT INTO mail_tracking_value (mail_message_id, field_id, old_value_integer, new_value_integer, old_value_char, new_value_char, create_date, write_date,
	create_uid, write_uid)
SELECT m.id, stage_field, new, new + 1, 'New', 'Qualified', create_date, create_date, sam, sam
FROM mail_message m, parameters WHERE message_id LIKE '<%.stage@example.com>' ORDER BY m.id;

-- An activity is open on each second opportunity that is active and not won, and a file hangs on each tenth.
INSERT INTO mail_activity (res_model_id, res_model, res_id, res_name, activity_type_id, user_id, summary, date_deadline, automated, active, create_date,
	write_date, create_uid, write_uid)
SELECT lead_model, 'crm.lead', l.id, 'Opportunity ' || i, call, sam, 'Call', today::date + 20, false, true, at, at, sam, sam
FROM leads l, parameters WHERE NOT old AND i % 2 = 0 ORDER BY l.id;

INSERT INTO ir_attachment (name, res_model, res_id, type, mimetype, public, company_id, create_date, write_date, create_uid, write_uid, file_size)
SELECT 'offer.pdf', 'crm.lead', l.id, 'binary', 'application/pdf', false, company, at, at, sam, sam, 0
FROM leads l, parameters WHERE i % 10 = 0 ORDER BY l.id;

-- What crm-tool notes of itself: when its commands ran, and how far they have looked at the messages.
INSERT INTO ir_attachment (name, res_model, res_id, type, mimetype, public, description, create_date, write_date, create_uid, write_uid, file_size)
SELECT 'crm-tool/' || key, 'crm.team', website, 'binary', 'application/octet-stream', false, value, today, today, bot, bot, 0
FROM parameters, LATERAL (SELECT max(id) FILTER (WHERE create_date < today - interval '12 hours') AS up,
		max(id) FILTER (WHERE create_date < today - interval '40 days') AS old FROM mail_message) m,
	LATERAL (SELECT to_char(today - interval '40 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS before, to_char(today - interval '12 hours', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS earlier, to_char(today, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS latest) t,
	LATERAL (SELECT 'stops' AS key, latest AS value UNION SELECT 'archive-answers', latest
		UNION SELECT 'last-run/' || command, json_build_object(
			'runs', json_build_array(json_build_object('host', 'host', 'run', 'run', 'finished', latest, 'exit', 0)),
			'looked', json_build_object('points', json_build_array(json_build_object('id', old, 'at', before), json_build_object('id', up, 'at', earlier)),
				'marks', (SELECT json_object_agg(kind, json_build_object('up', up, 'full', earlier)) FROM unnest(kinds) kind)))::text
		FROM (VALUES ('remind', ARRAY['remind']), ('archive', ARRAY['archive', 'warning']), ('feedback-send', ARRAY['feedback', 'feedback-reminder']),
			('feedback-collect', ARRAY[]::text[])) c (command, kinds)) n;

DO $$ DECLARE k record; BEGIN
	FOR k IN SELECT make FROM kept ORDER BY step LOOP EXECUTE k.make; END LOOP;
END $$;

VACUUM ANALYZE res_partner, crm_lead, mail_message, mail_tracking_value, mail_activity, ir_attachment, survey_survey, survey_user_input;
