*----------------------------------------------------------------------*
* Z_LTC_CLEAR_OPEN_ITEMS: give a payment its invoices, and clear what is
* paid in full. Remote-enabled, function group ZLTC, ECC 6.0.
*
* HONESTY: this source has not been compiled or run against a real SAP
* system by its authors; they had none. What it does is what the hub's
* simulated SAP does. Before it is used, have it reviewed and tested in
* a sandbox client; the points to look at are marked VERIFY.
*
* The payment is posted by BAPI_ACC_DOCUMENT_POST in the same session and
* is not committed yet. POSTING_INTERFACE_CLEARING runs transaction FB05,
* which commits by itself, so it must not be called here. This module
* checks the items now, while everything can still be rolled back, and
* hands the clearing to Z_LTC_CLEAR_RUN by transactional RFC. That is
* registered with the LUW: it runs once, after the COMMIT of the payment
* and its update (SM58 shows what waits or failed), and not at all after
* a rollback.
*
* A payment of one invoice carries the reference to it (BSEG-REBZG), by
* which the hub reads it back. A payment of several is split by a
* transfer posting, whose items carry the references; VERIFY whether the
* hub is to read allocations from there.
*
* Dictionary: ZLTC_S_PAID with VBELN VBELN_VF, WRBTR BAPICURR_D: as in all
* BAPIs, amounts have four decimals in every currency.
*----------------------------------------------------------------------*
FUNCTION z_ltc_clear_open_items.
*"----------------------------------------------------------------------
*"  IMPORTING
*"     VALUE(I_BUKRS) TYPE  BUKRS
*"     VALUE(I_BELNR) TYPE  BELNR_D
*"     VALUE(I_GJAHR) TYPE  GJAHR
*"  TABLES
*"      IT_ITEMS STRUCTURE  ZLTC_S_PAID
*"      RETURN STRUCTURE  BAPIRET2
*"----------------------------------------------------------------------
  DATA: ls_item   TYPE zltc_s_paid,
        lt_sums   TYPE STANDARD TABLE OF zltc_s_paid,
        ls_return TYPE bapiret2,
        ls_bsid   TYPE bsid,
        lv_open   TYPE wrbtr,
        lv_paid   TYPE wrbtr,
        lv_row    TYPE bapiret2-row.

  DEFINE refuse.                                 " number, v1, field
    call function 'BALW_BAPIRETURN_GET2'
      exporting
        type      = 'E'
        cl        = 'F5'
        number    = &1
        par1      = &2
        parameter = 'IT_ITEMS'
        row       = lv_row
        field     = &3
      importing
        return    = ls_return.
    append ls_return to return.
    return.
  END-OF-DEFINITION.

  CLEAR return[].
  LOOP AT it_items INTO ls_item.
    CALL FUNCTION 'CONVERSION_EXIT_ALPHA_INPUT'
      EXPORTING
        input  = ls_item-vbeln
      IMPORTING
        output = ls_item-vbeln.
    COLLECT ls_item INTO lt_sums.
  ENDLOOP.

  LOOP AT lt_sums INTO ls_item.
    lv_row = sy-tabix.
    PERFORM open_item USING i_bukrs ls_item-vbeln i_belnr CHANGING ls_bsid lv_open.
    IF ls_bsid-belnr IS INITIAL.
      refuse '506' ls_item-vbeln 'VBELN'.
    ENDIF.
    PERFORM internal USING ls_bsid-waers ls_item-wrbtr CHANGING lv_paid.
    IF lv_paid <= 0 OR lv_paid > lv_open.
      refuse '263' ls_item-vbeln 'WRBTR'.
    ENDIF.
  ENDLOOP.

  CALL FUNCTION 'Z_LTC_CLEAR_RUN' IN BACKGROUND TASK
    EXPORTING
      i_bukrs  = i_bukrs
      i_belnr  = i_belnr
      i_gjahr  = i_gjahr
    TABLES
      it_items = lt_sums.

  CLEAR ls_return.
  CALL FUNCTION 'BALW_BAPIRETURN_GET2'
    EXPORTING
      type   = 'S'
      cl     = 'F5'
      number = '312'
      par1   = i_belnr
      par2   = i_bukrs
    IMPORTING
      return = ls_return.
  APPEND ls_return TO return.
ENDFUNCTION.

*----------------------------------------------------------------------*
* Z_LTC_CLEAR_RUN: what is left to do once the payment is posted. Remote-
* enabled, since transactional RFC calls it; an error ends it by an A
* message, so that SM58 keeps the unit and it can be run again.
*----------------------------------------------------------------------*
FUNCTION z_ltc_clear_run.
*"----------------------------------------------------------------------
*"  IMPORTING
*"     VALUE(I_BUKRS) TYPE  BUKRS
*"     VALUE(I_BELNR) TYPE  BELNR_D
*"     VALUE(I_GJAHR) TYPE  GJAHR
*"  TABLES
*"      IT_ITEMS STRUCTURE  ZLTC_S_PAID
*"----------------------------------------------------------------------
  DATA: ls_payment TYPE bsid,
        ls_invoice TYPE bsid,
        ls_part    TYPE bsid,
        ls_item    TYPE zltc_s_paid,
        lt_clear   TYPE STANDARD TABLE OF ftclear,
        lt_post    TYPE STANDARD TABLE OF ftpost,
        lt_tax     TYPE STANDARD TABLE OF fttax,
        lt_made    TYPE STANDARD TABLE OF blntab,
        lv_open    TYPE wrbtr,
        lv_paid    TYPE wrbtr,
        lv_rest    TYPE wrbtr,
        lv_count   TYPE ftpost-count,
        lv_lines   TYPE i,
        lv_msgid   TYPE sy-msgid,
        lv_msgno   TYPE sy-msgno,
        lv_msgty   TYPE sy-msgty,
        lv_msgv1   TYPE sy-msgv1,
        lv_msgv2   TYPE sy-msgv2,
        lv_msgv3   TYPE sy-msgv3,
        lv_msgv4   TYPE sy-msgv4,
        lv_subrc   TYPE sy-subrc.

* The payment's item on the customer's account. If it is gone, an earlier
* run of this unit has cleared it.
  SELECT * FROM bsid INTO ls_payment UP TO 1 ROWS
    WHERE bukrs = i_bukrs
      AND belnr = i_belnr
      AND gjahr = i_gjahr
      AND shkzg = 'H'.
  ENDSELECT.
  IF sy-subrc <> 0.
    RETURN.
  ENDIF.

* One invoice: the payment itself refers to it.
  DESCRIBE TABLE it_items LINES lv_lines.
  IF lv_lines = 1.
    READ TABLE it_items INTO ls_item INDEX 1.
    PERFORM open_item USING i_bukrs ls_item-vbeln i_belnr CHANGING ls_invoice lv_open.
    IF ls_invoice-belnr IS INITIAL.
      MESSAGE a506(f5) WITH ls_item-vbeln.
    ENDIF.
    PERFORM refer USING ls_payment ls_invoice.
    PERFORM internal USING ls_invoice-waers ls_item-wrbtr CHANGING lv_paid.
    IF lv_paid < lv_open OR lv_paid < ls_payment-wrbtr.
      RETURN.                                " paid in part, or too much: both items stay open
    ENDIF.
  ENDIF.

* Select the payment and the invoices that are paid in full, these with
* what paid them in part before; what is paid in part now, and the rest
* of the payment, are posted anew as credits.
  PERFORM head USING 'BKPF-BUKRS' i_bukrs           CHANGING lt_post.
  PERFORM head USING 'BKPF-BLART' 'AB'              CHANGING lt_post.
  PERFORM head USING 'BKPF-WAERS' ls_payment-waers  CHANGING lt_post.
  PERFORM head USING 'BKPF-XBLNR' ls_payment-xblnr  CHANGING lt_post.
  PERFORM head_date USING 'BKPF-BLDAT' sy-datum     CHANGING lt_post.
  PERFORM head_date USING 'BKPF-BUDAT' sy-datum     CHANGING lt_post.
  PERFORM select_item USING ls_payment              CHANGING lt_clear.
  lv_rest = ls_payment-wrbtr.
  LOOP AT it_items INTO ls_item.
    PERFORM open_item USING i_bukrs ls_item-vbeln i_belnr CHANGING ls_invoice lv_open.
    IF ls_invoice-belnr IS INITIAL.
      MESSAGE a506(f5) WITH ls_item-vbeln.
    ENDIF.
    PERFORM internal USING ls_invoice-waers ls_item-wrbtr CHANGING lv_paid.
    IF lv_paid >= lv_open.
      PERFORM select_item USING ls_invoice CHANGING lt_clear.
      SELECT * FROM bsid INTO ls_part
        WHERE bukrs = i_bukrs
          AND kunnr = ls_invoice-kunnr
          AND rebzg = ls_invoice-belnr
          AND rebzj = ls_invoice-gjahr
          AND belnr <> i_belnr.
        PERFORM select_item USING ls_part CHANGING lt_clear.
      ENDSELECT.
    ELSE.
      lv_count = lv_count + 1.
      PERFORM credit USING lv_count ls_payment ls_invoice lv_paid CHANGING lt_post.
    ENDIF.
    lv_rest = lv_rest - lv_paid.
  ENDLOOP.
  IF lv_rest > 0.
    CLEAR ls_invoice.
    lv_count = lv_count + 1.
    PERFORM credit USING lv_count ls_payment ls_invoice lv_rest CHANGING lt_post.
  ENDIF.

  CALL FUNCTION 'POSTING_INTERFACE_START'
    EXPORTING
      i_function         = 'C'
      i_mode             = 'N'
      i_update           = 'S'
      i_user             = sy-uname
    EXCEPTIONS
      client_incorrect   = 1
      function_invalid   = 2
      group_name_missing = 3
      mode_invalid       = 4
      update_invalid     = 5
      OTHERS             = 6.
  IF sy-subrc <> 0.
    MESSAGE ID sy-msgid TYPE 'A' NUMBER sy-msgno WITH sy-msgv1 sy-msgv2 sy-msgv3 sy-msgv4.
  ENDIF.

  CALL FUNCTION 'POSTING_INTERFACE_CLEARING'
    EXPORTING
      i_auglv                    = 'UMBUCHNG'
      i_tcode                    = 'FB05'
    IMPORTING
      e_msgid                    = lv_msgid
      e_msgno                    = lv_msgno
      e_msgty                    = lv_msgty
      e_msgv1                    = lv_msgv1
      e_msgv2                    = lv_msgv2
      e_msgv3                    = lv_msgv3
      e_msgv4                    = lv_msgv4
      e_subrc                    = lv_subrc
    TABLES
      t_blntab                   = lt_made
      t_ftclear                  = lt_clear
      t_ftpost                   = lt_post
      t_fttax                    = lt_tax
    EXCEPTIONS
      clearing_procedure_invalid = 1
      clearing_procedure_missing = 2
      table_t041a_empty          = 3
      transaction_code_invalid   = 4
      amount_format_error        = 5
      too_many_line_items        = 6
      company_code_invalid       = 7
      screen_not_found           = 8
      no_authorization           = 9
      OTHERS                     = 10.
  IF sy-subrc <> 0.
    MESSAGE ID sy-msgid TYPE 'A' NUMBER sy-msgno WITH sy-msgv1 sy-msgv2 sy-msgv3 sy-msgv4.
  ENDIF.
  IF lv_subrc <> 0 OR lv_msgty CA 'EA'.
    MESSAGE ID lv_msgid TYPE 'A' NUMBER lv_msgno WITH lv_msgv1 lv_msgv2 lv_msgv3 lv_msgv4.
  ENDIF.

  CALL FUNCTION 'POSTING_INTERFACE_END'
    EXCEPTIONS
      session_not_processable = 1
      OTHERS                  = 2.
  IF sy-subrc <> 0.
    MESSAGE ID sy-msgid TYPE 'A' NUMBER sy-msgno WITH sy-msgv1 sy-msgv2 sy-msgv3 sy-msgv4.
  ENDIF.
ENDFUNCTION.

*----------------------------------------------------------------------*
* In the group's F02 include.
*----------------------------------------------------------------------*

* The open item of a billing document, and what is left of it after the
* payments in part that refer to it, without the one at hand.
FORM open_item USING    iv_bukrs TYPE bukrs
                        iv_vbeln TYPE vbeln_vf
                        iv_belnr TYPE belnr_d
               CHANGING es_bsid  TYPE bsid
                        ev_open  TYPE wrbtr.
  DATA lv_part TYPE wrbtr.
  CLEAR: es_bsid, ev_open.
  SELECT * FROM bsid INTO es_bsid UP TO 1 ROWS
    WHERE bukrs = iv_bukrs
      AND vbeln = iv_vbeln
      AND shkzg = 'S'.
  ENDSELECT.
  IF sy-subrc <> 0.
    CLEAR es_bsid.
    RETURN.
  ENDIF.
  SELECT SUM( wrbtr ) FROM bsid INTO lv_part
    WHERE bukrs = iv_bukrs
      AND kunnr = es_bsid-kunnr
      AND rebzg = es_bsid-belnr
      AND rebzj = es_bsid-gjahr
      AND belnr <> iv_belnr
      AND shkzg = 'H'.
  ev_open = es_bsid-wrbtr - lv_part.
ENDFORM.

* An amount of a BAPI as the tables keep it (TCURX).
FORM internal USING    iv_waers  TYPE waers
                       iv_amount TYPE bapicurr_d
              CHANGING ev_amount TYPE wrbtr.
  DATA: lv_external TYPE bapicurr-bapicurr,
        ls_return   TYPE bapireturn.
  lv_external = iv_amount.
  CALL FUNCTION 'BAPI_CURRENCY_CONV_TO_INTERNAL'
    EXPORTING
      currency             = iv_waers
      amount_external      = lv_external
      max_number_of_digits = 13
    IMPORTING
      amount_internal      = ev_amount
      return               = ls_return.
ENDFORM.

* Let a payment's item refer to an invoice, as FB02 does.
* VERIFY: the rules for changing documents (OB32) must allow BSEG-REBZG.
FORM refer USING is_payment TYPE bsid
                 is_invoice TYPE bsid.
  DATA: ls_bseg   TYPE bseg,
        lt_buztab TYPE tpit_t_buztab,
        ls_buztab TYPE tpit_buztab,
        lt_fldtab TYPE tpit_t_fname,
        ls_fldtab TYPE tpit_fname,
        lt_errors TYPE tpit_t_errdoc.
  CHECK is_payment-rebzg <> is_invoice-belnr.
  SELECT bukrs belnr gjahr buzei koart bschl FROM bseg
    INTO CORRESPONDING FIELDS OF TABLE lt_buztab
    WHERE bukrs = is_payment-bukrs
      AND belnr = is_payment-belnr
      AND gjahr = is_payment-gjahr
      AND buzei = is_payment-buzei.
  ls_bseg-rebzg = is_invoice-belnr.
  ls_bseg-rebzj = is_invoice-gjahr.
  ls_bseg-rebzz = is_invoice-buzei.
  ls_fldtab-aenkz = abap_true.
  ls_fldtab-fname = 'REBZG'.
  APPEND ls_fldtab TO lt_fldtab.
  ls_fldtab-fname = 'REBZJ'.
  APPEND ls_fldtab TO lt_fldtab.
  ls_fldtab-fname = 'REBZZ'.
  APPEND ls_fldtab TO lt_fldtab.
  CALL FUNCTION 'FI_ITEMS_MASS_CHANGE'
    EXPORTING
      s_bseg     = ls_bseg
    IMPORTING
      errtab     = lt_errors
    TABLES
      it_buztab  = lt_buztab
      it_fldtab  = lt_fldtab
    EXCEPTIONS
      bdc_errors = 1
      OTHERS     = 2.
  IF sy-subrc <> 0 OR NOT lt_errors IS INITIAL.
    MESSAGE a397(f5) WITH is_payment-belnr.
  ENDIF.
ENDFORM.

FORM head USING    iv_name  TYPE c
                   iv_value TYPE any
          CHANGING ct_post  TYPE STANDARD TABLE.
  DATA ls_post TYPE ftpost.
  ls_post-stype = 'K'.
  ls_post-count = 1.
  ls_post-fnam  = iv_name.
  ls_post-fval  = iv_value.
  APPEND ls_post TO ct_post.
ENDFORM.

* Dates are written as the user of this session writes them.
FORM head_date USING    iv_name TYPE c
                        iv_date TYPE d
               CHANGING ct_post TYPE STANDARD TABLE.
  DATA lv_text TYPE c LENGTH 10.
  WRITE iv_date TO lv_text.
  PERFORM head USING iv_name lv_text CHANGING ct_post.
ENDFORM.

* Select one item of a customer for clearing: document, year and item in
* one text.
FORM select_item USING    is_bsid  TYPE bsid
                 CHANGING ct_clear TYPE STANDARD TABLE.
  DATA ls_clear TYPE ftclear.
  ls_clear-agkoa = 'D'.
  ls_clear-agkon = is_bsid-kunnr.
  ls_clear-agbuk = is_bsid-bukrs.
  ls_clear-xnops = abap_true.
  ls_clear-selfd = 'BELNR'.
  CONCATENATE is_bsid-belnr is_bsid-gjahr is_bsid-buzei INTO ls_clear-selvon.
  APPEND ls_clear TO ct_clear.
ENDFORM.

* Post an amount anew on the customer's account: posting key 15, incoming
* payment, with a reference to the invoice that it pays in part.
FORM credit USING    iv_count   TYPE ftpost-count
                     is_payment TYPE bsid
                     is_invoice TYPE bsid
                     iv_amount  TYPE wrbtr
            CHANGING ct_post    TYPE STANDARD TABLE.
  DATA: ls_post TYPE ftpost,
        lv_text TYPE c LENGTH 20.
  DEFINE item.
    ls_post-stype = 'P'.
    ls_post-count = iv_count.
    ls_post-fnam  = &1.
    ls_post-fval  = &2.
    append ls_post to ct_post.
  END-OF-DEFINITION.
  WRITE iv_amount TO lv_text CURRENCY is_payment-waers NO-GROUPING.
  CONDENSE lv_text NO-GAPS.
  item 'RF05A-NEWBS' '15'.
  item 'RF05A-NEWKO' is_payment-kunnr.
  item 'BSEG-WRBTR'  lv_text.
  item 'BSEG-ZUONR'  is_payment-zuonr.
  IF NOT is_invoice-belnr IS INITIAL.
    item 'BSEG-REBZG' is_invoice-belnr.
    item 'BSEG-REBZJ' is_invoice-gjahr.
    item 'BSEG-REBZZ' is_invoice-buzei.
  ENDIF.
ENDFORM.
