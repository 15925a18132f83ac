//go:build odoo

package scenario_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reportBySQL counts what remind report counts, from the tables alone.
const reportBySQL = `
WITH reminder AS (
	SELECT m.id, m.res_id, m.create_date AS at, split_part(m.message_id, '.', 3) AS opportunity, split_part(m.message_id, '.', 4) AS step,
		coalesce(substr(m.email_layout_xmlid, length('crm_tool.') + 1), '') AS template,
		lead(m.id) OVER (PARTITION BY m.res_id ORDER BY m.id) AS next
	FROM mail_message m JOIN res_users u ON u.id = m.create_uid
	WHERE u.login = 'bot' AND m.model = 'crm.lead' AND m.message_type = 'comment' AND m.message_id LIKE '<crm-tool.remind.%'
), counted AS (
	SELECT r.at, r.step, r.template, coalesce(p.name, '') AS salesperson,
		EXISTS (
			SELECT FROM mail_message m LEFT JOIN res_partner a ON a.id = m.author_id
			WHERE m.model = 'crm.lead' AND m.res_id = r.res_id AND m.message_type IN ('email', 'comment')
				AND coalesce(m.message_id, '') NOT LIKE '<crm-tool.%' AND coalesce(a.partner_share, true)
				AND m.id > r.id AND m.id < coalesce(r.next, 2147483647) AND m.create_date <= r.at + interval '30 days'
				AND m.subject NOT ILIKE 'Automatic reply:%'
		) AS answered,
		coalesce(s.is_won AND l.date_closed >= date_trunc('second', r.at), false) AS won,
		EXISTS (
			SELECT FROM mail_message m WHERE m.model = 'crm.lead' AND m.res_id = r.res_id AND m.message_type = 'comment' AND m.id > r.id
				AND m.message_id LIKE '<crm-tool.archive.' || r.opportunity || '.%'
		) AS archived,
		l.active,
		EXISTS (
			SELECT FROM mail_message m WHERE m.model = 'crm.lead' AND m.res_id = r.res_id AND m.message_id LIKE '<crm-tool.optout.%'
				AND split_part(m.message_id, '.', 4)::bigint > r.id AND split_part(m.message_id, '.', 4)::bigint < coalesce(r.next, 2147483647)
		) AS stopped
	FROM reminder r JOIN crm_lead l ON l.id = r.res_id LEFT JOIN crm_stage s ON s.id = l.stage_id
		LEFT JOIN res_users u ON u.id = l.user_id LEFT JOIN res_partner p ON p.id = u.partner_id
)
SELECT line.section, line.name, count(*), count(*) FILTER (WHERE answered), count(*) FILTER (WHERE won), count(*) FILTER (WHERE archived),
	count(*) FILTER (WHERE archived AND NOT active), count(*) FILTER (WHERE stopped)
FROM counted CROSS JOIN LATERAL (VALUES
	('total', ''), ('month', to_char(at, 'YYYY-MM')), ('step', step), ('template', template), ('salesperson', salesperson)
) AS line(section, name)
GROUP BY line.section, line.name`

// countBySQL returns the lines of the report as SQL counts them.
func countBySQL(t *testing.T, s *site) map[string]reportFigures {
	t.Helper()
	output, err := s.backend.(realOdoo).Query(reportBySQL)
	require.NoError(t, err)
	lines := map[string]reportFigures{}
	for line := range strings.Lines(output) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		require.Len(t, fields, 8, line)
		var f reportFigures
		for i := range f {
			f[i], err = strconv.Atoi(fields[2+i])
			require.NoError(t, err)
		}
		lines[fields[0]+","+fields[1]] = f
	}
	return lines
}
