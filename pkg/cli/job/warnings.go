package job

import "github.com/crm-tool/crm-tool/pkg/cli/catalog"

// settleWarnings makes a command one that mails if the settings say that it does.
func (j *Job) settleWarnings() (err error) {
	if !j.spec.Warns || j.spec.Mails || j.Config.Archive.WarnDays == 0 {
		return nil
	}
	j.spec.Mails = true
	if err := j.configure(j.spec.needs()); err != nil {
		return err
	}
	j.Templates, err = catalog.Folder(j.Config.Templates.Dir).Templates()
	return err
}
