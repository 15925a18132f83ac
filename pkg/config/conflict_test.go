package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestConflicts(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		want       []string
	}{
		{"HTTP to another host", "odoo: {url: 'http://odoo.example.com'}", []string{
			`odoo.url = "http://odoo.example.com" (/c.yaml:1): would send the password unencrypted: use https://, or set odoo.allow_http`,
		}},
		{"HTTP to a host that only begins like loopback", "odoo: {url: 'http://127.0.0.1.example.com'}", []string{
			`odoo.url = "http://127.0.0.1.example.com" (/c.yaml:1): would send the password unencrypted: use https://, or set odoo.allow_http`,
		}},
		{"HTTP to another host is well when allowed", "odoo: {url: 'http://odoo.example.com', allow_http: true}", []string{}},
		{"HTTP to localhost is well", "odoo: {url: 'http://localhost:8069'}", []string{}},
		{"HTTP to 127.0.0.2 is well", "odoo: {url: 'http://127.0.0.2'}", []string{}},
		{"HTTP to ::1 is well", "odoo: {url: 'http://[::1]:8069'}", []string{}},
		{"a permission that cannot be read is one problem", "odoo: {url: 'http://odoo.example.com', allow_http: 7}", []string{
			`odoo.allow_http = "7" (/c.yaml:1): must be on or off, true or false, yes or no`,
		}},
		{"a login without encryption", "smtp: {tls: none, user: bob, password: x}", []string{
			`smtp.user = "bob" (/c.yaml:1): needs encryption, but smtp.tls is none`,
		}},
		{"a user without password", "smtp: {user: bob}", []string{
			`smtp.user = "bob" (/c.yaml:1): needs a password: set smtp.password_file or smtp.password`,
		}},
		{"a user without password and encryption", "smtp: {tls: none, user: bob}", []string{
			`smtp.user = "bob" (/c.yaml:1): needs encryption, but smtp.tls is none`,
		}},
		{"a password without user", "smtp: {password: hunter2}", []string{`smtp.password = "<redacted>" (/c.yaml:1): needs smtp.user`}},
		{"a mail server without login and encryption is well", "smtp: {tls: none, host: localhost, port: 25}", []string{}},
		{"both passwords for the mail server", "smtp: {user: bob, password: x, password_file: /c.yaml}", []string{
			`smtp.password_file = "/c.yaml" (/c.yaml:1): cannot be set together with smtp.password: remove one of them`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := load(c.yaml)
			assert.Equal(t, c.want, shown(problems(s)))
			_, err := s.Config(0)
			assert.Equal(t, len(c.want) > 0, err != nil, "Config agrees")
		})
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		want       []string
	}{
		{"implicit TLS on the port of starttls", "smtp: {tls: implicit}", []string{
			`smtp.port = "587" (default): is the port for starttls; smtp.tls: implicit uses port 465`,
		}},
		{"starttls on the port of implicit TLS", "smtp: {port: 465}", []string{
			`smtp.port = "465" (/c.yaml:1): is the port for smtp.tls: implicit; starttls uses port 587`,
		}},
		{"another port is well", "smtp: {port: 2525, tls: implicit}", []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, shown(load(c.yaml).Warnings()))
		})
	}
}
