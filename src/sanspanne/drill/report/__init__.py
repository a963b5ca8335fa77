"""A drill's report, made to be shared: one HTML file (`html.html`), or Markdown for a pull request (`markdown.markdown`)."""
