/**
 * Replaces `$(NAME)` by the variable's value, as Kubernetes does in `env`, `command` and `args`: `$$` is a dollar sign
 * (so `$$(NAME)` stays as text), and what names no variable stays as it is.
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, escaped: string, name: string | undefined) => {
    if (escaped === '$') return '$'
    return name !== undefined && Object.hasOwn(variables, name) ? (variables[name] ?? whole) : whole
  })
}
