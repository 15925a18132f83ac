//go:build odoo || relay

package scenario_test

import (
	"fmt"
	"regexp"
	"strings"
)

// all joins the lines of settings, without empty ones.
func all(parts ...[]string) []string {
	var lines []string
	for _, part := range parts {
		for _, line := range part {
			if line != "" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// when returns lines if a condition holds.
func when(condition bool, lines ...string) []string {
	if condition {
		return lines
	}
	return nil
}

// postfix is the part of main.cf that .ci/relay does not know. It knows no limit of
// mails over a connection.
func postfix(p relayPolicy) []string {
	next := fmt.Sprintf("[127.0.0.1]:%d", p.next)
	var recipients []string
	if p.unknown != "" {
		recipients = append(recipients, "check_recipient_access inline:{ {"+p.unknown+" = 550 5.1.1 No such user here} }")
	}
	if p.greylist != "" {
		recipients = append(recipients, "check_policy_service inet:"+p.greylist)
	}
	// What Debian's own main.cf says.
	permitted := "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination"
	return all(
		[]string{
			"myhostname = relay.example.com",
			"smtpd_tls_security_level = encrypt",
			"smtpd_tls_cert_file = /relay/chain.pem",
			"smtpd_tls_key_file = /relay/key.pem",
			"relayhost = " + next,
			"smtp_tls_security_level = encrypt",
			"smtp_sasl_auth_enable = yes",
			"smtp_sasl_security_options = noanonymous",
			fmt.Sprintf("smtp_sasl_password_maps = inline:{ {%s = crm-tool:%s} }", next, mailPassword),
			fmt.Sprintf("transport_maps = inline:{ {%s = smtp:[127.0.0.1]:%d} }", reportDomain, p.reports),
			"smtpd_relay_restrictions = " + permitted,
			"smtpd_recipient_restrictions = " + strings.Join(recipients, ", "),
			"smtpd_client_event_limit_exceptions =",
		},
		when(!p.open, "smtpd_sasl_auth_enable = yes"),
		when(p.open && !p.closed, "mynetworks = 127.0.0.0/8"),
		when(p.one, "smtpd_client_connection_count_limit = 1"),
		when(p.limit != "", "smtpd_client_message_rate_limit = "+p.limit, "anvil_rate_time_unit = 1h"),
		when(p.stranger, "smtpd_sender_login_maps = static:somebody", "smtpd_sender_restrictions = reject_sender_login_mismatch"),
		when(p.size != "", "message_size_limit = "+p.size),
		when(p.unsaid != "", "smtpd_discard_ehlo_keywords = size"),
	)
}

// exim is a whole configuration.
func exim(p relayPolicy) []string {
	mayRelay := "  accept authenticated = *"
	if p.open {
		mayRelay = "  accept hosts = 127.0.0.1"
	}
	if p.closed {
		mayRelay = "  accept domains = elsewhere.example"
	}
	return all(
		[]string{
			"primary_hostname = relay.example.com",
			"spool_directory = /relay/spool",
			"log_file_path = /relay/spool/%slog",
			"exim_path = /proc/self/exe",
			"local_interfaces = 127.0.0.1",
			"daemon_smtp_ports = " + p.port,
			"disable_ipv6",
			"host_lookup =",
			"rfc1413_hosts =",
			"tls_advertise_hosts = *",
			"tls_certificate = /relay/chain.pem",
			"tls_privatekey = /relay/key.pem",
			"auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}",
			"acl_smtp_mail = mail",
			"acl_smtp_rcpt = rcpt",
		},
		when(p.one, "smtp_accept_max_per_host = 1"),
		when(p.few != "", "smtp_accept_max_per_connection = "+p.few),
		[]string{"begin acl", "mail:"},
		when(p.limit != "",
			"  defer ratelimit = "+p.limit+".5 / 1h / per_mail / strict",
			"    message = Sender rate $sender_rate / $sender_rate_period exceeds the limit of $sender_rate_limit"),
		[]string{"  accept", "rcpt:"},
		when(p.stranger, "  require verify = sender"),
		when(p.unknown != "", "  require verify = recipient"),
		[]string{mayRelay, "  deny message = relay not permitted", "begin routers"},
		[]string{
			"next:", "  driver = manualroute", "  transport = next", "  self = send",
			"  condition = ${if !eq{$local_part@$domain}{" + p.unknown + "}}",
			fmt.Sprintf("  route_list = %s 127.0.0.1::%d", map[bool]string{true: "client.example", false: "*"}[p.stranger], p.next),
			"begin transports",
			"next:", "  driver = smtp", "  allow_localhost", "  hosts_require_tls = *", "  hosts_require_auth = *", "  tls_verify_certificates =",
			"begin authenticators",
			"plain:", "  driver = plaintext", "  public_name = PLAIN",
			"  server_condition = ${if and{{eq{$auth2}{" + relayUser + "}}{eq{$auth3}{" + relayPassword + "}}}}",
			"  client_send = ^crm-tool^" + mailPassword,
		},
	)
}

// openSMTPD is a whole configuration. It knows no limit of connections, or of mails in
// a time.
func openSMTPD(p relayPolicy) []string {
	listen := "listen on 127.0.0.1 port " + p.port + " hostname relay.example.com tls-require pki certificate"
	matching := "match auth from any for any action next"
	if p.open {
		matching = "match from any for any action next"
	} else {
		listen += " auth <logins>"
	}
	if p.closed {
		matching = "match from any for domain elsewhere.example action next"
	}
	return all(
		[]string{
			`pki certificate cert "/relay/chain.pem"`,
			`pki certificate key "/relay/key.pem"`,
			`table logins "/relay/logins"`,
			`table next { next = "crm-tool:` + mailPassword + `" }`,
		},
		when(p.few != "", "smtp limit max-mails "+p.few),
		[]string{
			listen,
			fmt.Sprintf(`action next relay host "smtp+tls://next@127.0.0.1:%d" auth <next> tls no-verify`, p.next),
		},
		when(p.unknown != "", `match from any rcpt-to "`+p.unknown+`" for any reject`),
		when(p.stranger, `match from any mail-from regex "`+regexp.QuoteMeta("@example.com")+`$" for any reject`),
		[]string{matching},
	)
}
