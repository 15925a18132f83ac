package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/plaintext"
)

// secretOf returns the secret that a key is, or whose file or command it names.
func secretOf(k Key) (Key, bool) {
	if k.Kind == Password {
		return k, true
	}
	for _, suffix := range []string{fileSuffix, commandSuffix} {
		if base, ok := strings.CutSuffix(k.Name, suffix); ok {
			secret, ok := Lookup(base)
			return secret, ok && secret.Kind == Password
		}
	}
	return Key{}, false
}

// formsOf returns the names of all settings for the secret of a key: the secret itself,
// its file, its command. It is nil for a key of no secret.
func formsOf(k Key) []string {
	secret, ok := secretOf(k)
	if !ok {
		return nil
	}
	return []string{secret.Name, secret.Name + fileSuffix, secret.Name + commandSuffix}
}

// SecretsInFile returns the secrets that stand in the configuration file itself, not in a
// file of their own, by their keys.
func (s *Settings) SecretsInFile() map[string]Secret {
	found := map[string]Secret{}
	for _, e := range s.layers[FromFile] {
		if secret, ok := e.value.(Secret); ok && e.valid && !secret.IsZero() {
			found[e.key.Name] = secret
		}
	}
	return found
}

// isNeeded reports whether a command needs a secret.
func (s *Settings) isNeeded(secret Key, need Need) bool {
	switch {
	case isWithin(secret.Name, "smtp"):
		mails := need&NeedAlerts != 0 || need&NeedMail != 0 && !s.throughOdoo()
		ofToken := isWithin(secret.Name, "smtp.oauth2")
		return mails && ofToken == (s.effective["smtp.auth"].text == string(OAuth2Auth))
	case isWithin(secret.Name, "monitor"):
		return need&NeedMonitor != 0
	}
	return need&NeedOdoo != 0
}

// runCommands runs the commands for the secrets that are needed, those that have no
// other problem.
func (s *Settings) runCommands(need Need) (map[string]Secret, []Problem) {
	secrets := map[string]Secret{}
	var problems []Problem
	for _, k := range allKeys() {
		e := s.effective[k.Name+commandSuffix]
		if k.Kind != Password || e.text == "" || !s.isNeeded(k, need) || s.isDoubtful(e) {
			continue
		}
		secret, err := s.runCommand(k, e.text)
		if err != nil {
			problems = append(problems, e.problem(err.Error()))
			continue
		}
		secrets[k.Name] = secret
	}
	return secrets, problems
}

// isDoubtful reports whether a command has a problem already, or another setting for
// its secret beside it.
func (s *Settings) isDoubtful(command entry) bool {
	for _, p := range s.problems {
		if p.Key == command.key.Name {
			return true
		}
	}
	for _, form := range formsOf(command.key) {
		if form != command.key.Name && s.effective[form].text != "" {
			return true
		}
	}
	return !command.valid
}

func (s *Settings) runCommand(k Key, line string) (Secret, error) {
	if s.run == nil {
		return Secret{}, errors.New("cannot be run here")
	}
	output, err := s.run(line)
	if err != nil {
		return Secret{}, err
	}
	secret, err := k.secretIn(output, "its output")
	if err == nil && secret.IsZero() {
		err = errors.New("printed nothing")
	}
	return secret, err
}

// secretIn returns the secret in the content of a file or the output of a command, which
// what names; zero if it is empty.
func (k Key) secretIn(data []byte, what string) (Secret, error) {
	if bad, ok := errors.AsType[*plaintext.Error](plaintext.Check(data)); ok {
		return Secret{}, errors.New(what + " " + bad.Cause)
	}
	value, _, err := k.parse(string(data))
	if err != nil {
		return Secret{}, fmt.Errorf("%s %w", what, err)
	}
	return value.(Secret), nil
}

// distrust refuses the commands of a file that others may have written: they would be run
// in this user's name.
func (l *loader) distrust(path string, effective map[string]entry) {
	for _, k := range allKeys() {
		e := effective[k.Name]
		if k.Kind != Command || e.text == "" || e.source.Layer != FromFile {
			continue
		}
		if cause := l.strange(path); cause != "" {
			l.problems = append(l.problems, e.problem("is not run: "+cause))
		}
	}
}
