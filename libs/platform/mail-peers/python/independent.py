"""What software that shares no code with the platform sees. One command, bytes on standard input, JSON (or a mail) on the output."""

import base64
import email
import email.policy
import hashlib
import imaplib
import io
import json
import smtplib
import ssl
import sys
import xml.etree.ElementTree
import zipfile
from email.message import EmailMessage, MIMEPart


def read_mail(raw):
    """Headers, attachments and what the parser found wrong."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return {
        "headers": [[name, str(value)] for name, value in message.items()],
        "defects": [repr(defect) for part in message.walk() for defect in part.defects],
        "parts": [
            {
                "type": part.get_content_type(),
                "charset": part.get_content_charset(),
                "name": part.get_filename(),
                "content": base64.b64encode(part.get_payload(decode=True) or b"").decode(),
            }
            for part in parts
        ],
    }


def open_zip(raw):
    """Every file of the archive, its checksums verified."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        broken = archive.testzip()
        if broken is not None:
            raise ValueError(f"{broken} has a wrong checksum")
        return [
            {
                "name": info.filename,
                "sha1": hashlib.sha1(archive.read(info)).hexdigest(),
                "content": base64.b64encode(archive.read(info)).decode(),
            }
            for info in archive.infolist()
        ]


def read_metadata(raw):
    """METADATA.XML as flat facts: slots and external identifiers by name, codes by classification scheme."""
    rim = "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}"

    def facts(element):
        slots = {
            slot.get("name"): [value.text or "" for value in slot.iter(f"{rim}Value")]
            for slot in element.findall(f"{rim}Slot")
        }
        classifications = {}
        for one in element.findall(f"{rim}Classification"):
            inner = facts_of_slots(one)
            entry = {"code": one.get("nodeRepresentation"), "slots": inner}
            classifications.setdefault(one.get("classificationScheme"), []).append(entry)
        identifiers = {
            one.find(f"{rim}Name/{rim}LocalizedString").get("value"): one.get("value")
            for one in element.findall(f"{rim}ExternalIdentifier")
        }
        title = element.find(f"{rim}Name/{rim}LocalizedString")
        return {
            "id": element.get("id"),
            "mimeType": element.get("mimeType"),
            "title": title.get("value") if title is not None else None,
            "slots": slots,
            "classifications": classifications,
            "identifiers": identifiers,
        }

    def facts_of_slots(element):
        return {
            slot.get("name"): [value.text or "" for value in slot.iter(f"{rim}Value")]
            for slot in element.findall(f"{rim}Slot")
        }

    root = xml.etree.ElementTree.fromstring(raw)
    return {
        "documents": [facts(one) for one in root.iter(f"{rim}ExtrinsicObject")],
        "submissionSets": [facts(one) for one in root.iter(f"{rim}RegistryPackage")],
    }


def write_read_notice(raw):
    """The notice that a reader's mail program sends back for this mail (RFC 8098)."""
    original = email.message_from_bytes(raw, policy=email.policy.default)
    reader = str(original["To"])
    notice = EmailMessage(policy=email.policy.SMTP)
    notice["From"] = reader
    notice["To"] = str(original["Disposition-Notification-To"])
    notice["Subject"] = "Lu : " + str(original["Subject"])
    notice["Date"] = email.utils.localtime()
    notice["Message-ID"] = email.utils.make_msgid(domain=reader.rsplit("@", 1)[1].rstrip(">"))
    notice["Auto-Submitted"] = "auto-replied"
    notice.set_content("Votre message a été affiché. Rien ne dit qu'il a été compris.\n")
    notice.make_mixed()
    notice.replace_header("Content-Type", "multipart/report")
    notice.set_param("report-type", "disposition-notification")
    report = MIMEPart(policy=email.policy.SMTP)
    report["Content-Type"] = "message/disposition-notification"
    report.set_payload(
        "Reporting-UA: lecteur.example; messagerie de test\r\n"
        f"Final-Recipient: rfc822;{reader}\r\n"
        f"Original-Message-ID: {original['Message-ID']}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    notice.attach(report)
    return notice.as_bytes()


def deliver(raw, socket, recipient):
    """Puts bytes in a mailbox by LMTP, under an empty return path as notices have."""
    with smtplib.LMTP(socket) as client:
        client.sendmail("", [recipient], raw)
    return None


def knock(_raw, protocol, port, authority, certificate="", key=""):
    """How a door of the loopback answers to STARTTLS and a first command, with or without a client certificate."""
    context = ssl.create_default_context(cafile=authority)
    if certificate:
        context.load_cert_chain(certificate, key)
    try:
        if protocol == "smtp":
            with smtplib.SMTP("localhost", int(port), timeout=20) as client:
                client.ehlo("test.mssante.fr")
                plain = client.mail("someone@cabinet.mssante.fr")
                client.starttls(context=context)
                code, text = client.ehlo("test.mssante.fr")
                if code != 250:
                    return {"refused": f"{code} {text.decode()}"}
                return {
                    "plain": plain[0],
                    "extensions": sorted(client.esmtp_features),
                    "size": client.esmtp_features["size"],
                }
        client = imaplib.IMAP4("localhost", int(port), timeout=20)
        try:
            plain = client.login("someone", "password")[0]
        except imaplib.IMAP4.error as error:
            plain = str(error)
        client.starttls(context)
        answer = client.authenticate("EXTERNAL", lambda _challenge: b"")
        client.select("INBOX", readonly=True)
        client.logout()
        return {"plain": plain, "signedIn": answer[0]}
    except (OSError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
        return {"refused": f"{type(error).__name__}: {error}"}


COMMANDS = {
    "mail": read_mail,
    "zip": open_zip,
    "metadata": read_metadata,
    "read-notice": write_read_notice,
    "deliver": deliver,
    "knock": knock,
}

if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    result = COMMANDS[command](sys.stdin.buffer.read(), *arguments)
    sys.stdout.buffer.write(result if isinstance(result, bytes) else json.dumps(result).encode())
