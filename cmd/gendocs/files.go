package main

import (
	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/topics"
	"github.com/crm-tool/crm-tool/pkg/config/schema"
)

// files returns every generated file by its path below docs.
func files(root *cobra.Command) (map[string][]byte, error) {
	made := map[string][]byte{"config.schema.json": schema.JSON()}
	all, err := pages()
	if err != nil {
		return nil, err
	}
	for _, cmd := range described(root) {
		cmd.InitDefaultHelpFlag()
		if made["cli/"+pageName(cmd)+".md"], err = page(all, markdown, cmd); err != nil {
			return nil, err
		}
		if made["man/"+pageName(cmd)+".1"], err = page(all, manual, cmd); err != nil {
			return nil, err
		}
	}
	for _, t := range topics.All() {
		if made["cli/help-"+t.Name+".md"], err = page(all, topicMarkdown, t); err != nil {
			return nil, err
		}
		if made["man/crm-tool-"+t.Name+".7"], err = page(all, topicManual, t); err != nil {
			return nil, err
		}
	}
	// Each shell looks for its file under this name.
	for shell, name := range map[string]string{
		"bash": "crm-tool.bash", "zsh": "_crm-tool", "fish": "crm-tool.fish", "powershell": "crm-tool.ps1",
	} {
		if made["completion/"+name], err = command.Completion(root, shell); err != nil {
			return nil, err
		}
	}
	return made, nil
}
