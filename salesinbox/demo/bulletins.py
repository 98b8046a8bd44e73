"""Newsletters: HTML with tables, remote pictures and a counting pixel, as they really come."""

import html


def bulletin(said: str, subject: str, publisher: str, domain: str, language: str) -> tuple[str, str]:
    """(text, HTML) of a newsletter. In `said`, "# " starts a headline and "* " an entry of a list."""
    out: list[str] = []
    for number, line in enumerate(said.split("\n")):
        shown = html.escape(line[2:] if line.startswith(("# ", "* ")) else line, quote=False)
        if line.startswith("# "):
            out.append(f'<h2 style="font-size:17px;color:#1b4f72;margin:18px 0 6px">{shown}</h2>')
        elif line.startswith("* "):
            link = f"https://www.{domain}/a/{number + 100}?utm_source=mail"
            out.append(f'<li style="margin:4px 0"><a href="{link}">{shown}</a></li>')
        elif line:
            out.append(f'<p style="line-height:1.6">{shown}</p>')
    stop = "配信停止はこちら" if language == "ja" else "Unsubscribe"
    unsubscribe = f"https://www.{domain}/unsubscribe?u=4821"
    page = f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{html.escape(subject)}</title>
<style>a {{ color: #2471a3 }} .foot {{ color: #888; font-size: 11px }}</style></head>
<body style="margin:0;background:#f2f3f4">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" width="600" style="background:#fff">
<tr><td style="padding:16px"><img src="https://img.{domain}/logo.png" alt="{html.escape(publisher)}" width="160"></td></tr>
<tr><td style="padding:0 24px">
{chr(10).join(out)}
</td></tr>
<tr><td class="foot" style="padding:16px 24px">{html.escape(publisher)} · <a href="{unsubscribe}">{stop}</a></td></tr>
</table></td></tr></table>
<img src="https://img.{domain}/open.gif?u=4821" width="1" height="1" alt="">
</body></html>
"""
    text = said.replace("# ", "■ " if language == "ja" else "").replace("* ", "・" if language == "ja" else "- ")
    return f"{text}\n\n--\n{publisher}\n{stop}: {unsubscribe}\n", page
